//! Portuguese.

use super::{
    format::{Format, SymbolPlace},
    mail::MailWords,
    pages::{PageWords, Said},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in Portuguese.
pub const WORDS: Words = Words {
    language: Language::Pt,
    format: Format {
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        date: "{day} de {month} de {year}",
        first_of_month: "1º",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 4,
        symbol: SymbolPlace::BeforeWithSpace,
        dollar: "US$",
    },
    pages: PageWords {
        questions: "Dúvidas?",
        link_title: "Pagamento para {club}",
        link_heading: "Seu pagamento para {club}",
        link_text: "Toque no botão para abrir a página de pagamento segura da Stripe. Você vê o valor lá antes de pagar.",
        link_preview: "Veja o valor e pague com segurança pela Stripe.",
        link_image: "Um cartão de pagamento com um cadeado",
        continue_to_payment: "Ir para o pagamento",
        pay_again: "Pagar de novo",
        try_again_now: "Tentar de novo",
        finish_payment: "Concluir o pagamento",
        show_receipt: "Ver o recibo",
        paid_for: "Referente a",
        paid_on: "Data do pagamento",
        reference: "Referência",
        first_payment: "Primeiro pagamento",
        monthly_fee: "Mensalidade",
        payment: "Pagamento",
        pay: Said {
            title: "A caminho do pagamento",
            detail: "Seu navegador vai abrir a página de pagamento.",
        },
        unknown_link: Said {
            title: "Não conhecemos este link",
            detail: "Talvez falte uma parte dele. Abra de novo o link do e-mail ou copie o link inteiro.",
        },
        link_expired: Said {
            title: "Este link não é mais válido",
            detail: "Ele expirou. Peça um novo ao clube, por favor.",
        },
        link_revoked: Said {
            title: "Este link não é mais válido",
            detail: "Ele foi cancelado. Peça um novo ao clube, por favor.",
        },
        charge_closed: Said {
            title: "Este link não é mais válido",
            detail: "Este pagamento não é mais esperado. Fale com o clube se você acha que ainda há algo a pagar.",
        },
        nothing_to_pay: Said {
            title: "Nada a pagar",
            detail: "Você não precisa pagar nem fazer nada.",
        },
        already_paid: Said {
            title: "Já está pago",
            detail: "Obrigado. Recebemos {amount} em {date}. Não há mais nada a pagar aqui.",
        },
        already_paid_part_refunded: Said {
            title: "Já está pago",
            detail: "Obrigado. Recebemos {amount} em {date}, e {refunded} desse valor já foram reembolsados. Não há mais nada a pagar aqui.",
        },
        refunded: Said {
            title: "Pagamento reembolsado",
            detail: "O seu pagamento de {amount} foi reembolsado em {date}. Por favor, fale com o clube antes de pagar de novo.",
        },
        refunded_by_bank: Said {
            title: "O seu banco estornou o pagamento",
            detail: "O seu banco devolveu {amount} em {date}. Por favor, fale com o clube antes de pagar de novo.",
        },
        processing: Said {
            title: "O seu banco está processando o pagamento",
            detail: "O seu pagamento está a caminho. Isso costuma levar até cinco dias úteis. Por favor, não pague de novo: avisaremos se ele não chegar.",
        },
        action_required: Said {
            title: "O seu pagamento ainda não foi concluído",
            detail: "Falta um passo: confirmar a sua conta bancária ou pagar o boleto. A Stripe enviou um e-mail com as instruções. Por favor, não inicie um segundo pagamento.",
        },
        thank_you: Said {
            title: "Obrigado",
            detail: "Recebemos o seu pagamento de {amount}.",
        },
        what_next: "Você não precisa fazer mais nada. Se nos escrever sobre este pagamento, informe a referência.",
        confirming: Said {
            title: "Obrigado",
            detail: "O seu pagamento está sendo confirmado. Estamos esperando a resposta da Stripe, que costuma levar alguns minutos. Você não precisa fazer mais nada. Por favor, não pague de novo: mais tarde, o link do e-mail mostra se o pagamento chegou.",
        },
        confirming_bank: Said {
            title: "Obrigado",
            detail: "O seu pagamento está sendo confirmado. Estamos esperando a resposta do seu banco, que costuma levar até cinco dias úteis. Você não precisa fazer mais nada. Por favor, não pague de novo: avisaremos se o pagamento não chegar.",
        },
        not_paid: Said {
            title: "Você ainda não pagou",
            detail: "Nenhum valor foi cobrado. Para pagar, abra de novo o link do e-mail quando quiser.",
        },
        not_paid_go_on: "Nenhum valor foi cobrado. Você pode ir para o pagamento agora ou abrir de novo o link do e-mail mais tarde.",
        payment_failed: Said {
            title: "O seu pagamento não foi concluído",
            detail: "O banco recusou o pagamento, ou ele não foi feito a tempo. Nenhum valor foi cobrado. Você pode pagar de novo agora, da mesma forma ou de outra.",
        },
        try_again: Said {
            title: "Tente de novo em instantes",
            detail: "O nosso sistema não respondeu a tempo. Nenhum valor foi cobrado.",
        },
        day_limit: Said {
            title: "Os pagamentos recomeçam mais tarde",
            detail: "O serviço de pagamentos do clube atingiu o limite de hoje. Nenhum valor foi cobrado. Abra o link de novo daqui a {hours} h: ele continua válido.",
        },
        prefetch: Said {
            title: "Tudo pronto",
            detail: "Seu navegador abriu este link antes da hora. Toque no botão para continuar.",
        },
        no_such_page: Said {
            title: "Esta página não existe",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        method_not_allowed: Said {
            title: "Isso não funciona aqui",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        too_many_tries: Said {
            title: "Tentativas demais",
            detail: "Espere um minuto e abra de novo o link do e-mail, por favor.",
        },
        returned_too_often: Said {
            title: "Espere um minuto, por favor",
            detail: "Esta página foi aberta vezes demais. Se você já pagou, o seu pagamento não se perdeu: por favor, não pague de novo.",
        },
        clicked_too_often: Said {
            title: "Tente de novo em instantes",
            detail: "Este link acabou de ser aberto vezes demais. Nenhum valor foi cobrado.",
        },
        paused: Said {
            title: "Os pagamentos estão temporariamente suspensos",
            detail: "Estamos conferindo os nossos registros para que nenhum pagamento se perca. Nenhum valor foi cobrado. Por favor, volte daqui a mais ou menos uma hora.",
        },
        https_only: Said {
            title: "Isso só funciona com https",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        too_large: Said {
            title: "Isso é grande demais",
            detail: "O corpo da solicitação é maior do que o permitido.",
        },
    },
    mail: MailWords {
        greeting: "Olá,",
        monthly: "Mensalidade de {month} de {year}",
        link_subject: "{club}: {what}, {player}",
        link: "Este é o seu link para o pagamento de {player}.",
        reminder_subject: "{club}: lembrete, {what}, {player}",
        reminder: "Lembramos que o pagamento de {player} ainda está em aberto.",
        is_due: "O vencimento é em {date}.",
        was_due: "O vencimento foi em {date}.",
        crossed: "Se você já pagou, não precisa fazer nada. Obrigado!",
        debit_failed_subject: "{club}: o débito em conta de {player} não foi realizado",
        debit_failed: "O seu banco não realizou o débito em conta de {player}, por isso o pagamento continua em aberto.",
        pay_again: "Por favor, pague pelo novo link abaixo. Nele você pode escolher outra forma de pagamento.",
        receipt_subject: "{club}: recibo, {what}, {player}",
        receipt: "Obrigado! Recebemos o pagamento de {player}.",
        pay: "Pagar {amount}",
        address: "Se o botão não funcionar, abra este endereço no navegador:",
        stripe: "O pagamento é feito em uma página segura da Stripe. {club} não vê os dados do seu cartão nem da sua conta.",
        contact: "Alguma dúvida? Fale conosco: {contact}",
        of_what: "Referente a",
        of_player: "Atleta",
        of_amount: "Valor",
        of_due: "Vencimento",
        of_paid: "Pago em",
        of_method: "Forma de pagamento",
        of_reference: "Referência",
        cash: "dinheiro",
        check: "cheque",
        transfer: "transferência bancária",
    },
};
