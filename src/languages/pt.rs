//! Portuguese.

use super::{
    format::{Format, SymbolFirst},
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
        symbol_first: SymbolFirst::Of("brl"),
    },
    pages: PageWords {
        questions: "Dúvidas?",
        link_title: "Pagamento a {club}",
        link_heading: "O seu pagamento a {club}",
        link_text: "Mais um toque e chega à página de pagamento segura da Stripe. O valor aparece lá antes de pagar.",
        link_preview: "Veja o valor e pague com segurança através da Stripe.",
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
            detail: "O navegador abre agora a página de pagamento.",
        },
        unknown_link: Said {
            title: "Não conhecemos este link",
            detail: "Talvez falte uma parte. Abra de novo o link do e-mail ou copie o link inteiro.",
        },
        link_expired: Said {
            title: "Este link já não é válido",
            detail: "O prazo terminou. Peça um novo ao clube, por favor.",
        },
        link_revoked: Said {
            title: "Este link já não é válido",
            detail: "Ele foi cancelado pelo clube. Peça um novo, por favor.",
        },
        charge_closed: Said {
            title: "Este link já não é válido",
            detail: "A cobrança correspondente está encerrada. Fale com o clube se acha que ainda há algo a pagar.",
        },
        nothing_to_pay: Said {
            title: "Nada a pagar",
            detail: "Isto não tem nenhum custo, por isso não é preciso fazer nada.",
        },
        already_paid: Said {
            title: "Já está pago",
            detail: "Obrigado. Recebemos {amount} em {date}. Não há mais nada a pagar aqui.",
        },
        refunded: Said {
            title: "Pagamento devolvido",
            detail: "O seu pagamento de {amount} foi devolvido em {date}. Por favor, fale com o clube antes de pagar de novo.",
        },
        refunded_by_bank: Said {
            title: "O seu banco retirou o pagamento",
            detail: "{amount} foram devolvidos pelo seu banco em {date}. Por favor, fale com o clube antes de pagar de novo.",
        },
        processing: Said {
            title: "O pagamento está em processamento no banco",
            detail: "O seu pagamento está a caminho. Isto pode levar alguns dias. Por favor, não pague de novo: avisamos se ele não chegar.",
        },
        action_required: Said {
            title: "O seu pagamento ainda não está concluído",
            detail: "Falta um passo: confirmar a sua conta bancária ou pagar o boleto ou voucher. A Stripe enviou um e-mail com as instruções. Por favor, não inicie um segundo pagamento.",
        },
        thank_you: Said {
            title: "Obrigado",
            detail: "Recebemos o seu pagamento de {amount}.",
        },
        what_next: "Não é preciso fazer mais nada. Se nos escrever sobre este pagamento, indique a referência.",
        confirming: Said {
            title: "Obrigado",
            detail: "O seu pagamento está em confirmação. Não é preciso fazer mais nada. Por favor, não pague de novo.",
        },
        not_paid: Said {
            title: "Ainda não pagou",
            detail: "Nenhum valor foi cobrado. Para pagar, abra de novo o link do e-mail quando quiser.",
        },
        not_paid_go_on: "Nenhum valor foi cobrado. Pode ir para o pagamento agora ou abrir de novo o link do e-mail mais tarde.",
        payment_failed: Said {
            title: "O seu pagamento não foi concluído",
            detail: "O banco recusou o pagamento, ou ele não foi feito a tempo. Nenhum valor foi cobrado. Pode pagar de novo agora, da mesma forma ou de outra.",
        },
        try_again: Said {
            title: "Tente de novo em instantes",
            detail: "Algo do nosso lado não respondeu a tempo. Nenhum valor foi cobrado.",
        },
        prefetch: Said {
            title: "Tudo pronto",
            detail: "O navegador abriu este link antes da hora. Toque no botão para continuar.",
        },
        no_such_page: Said {
            title: "Não há nenhuma página aqui",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        method_not_allowed: Said {
            title: "Isto não funciona aqui",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        too_many_tries: Said {
            title: "Muitas tentativas",
            detail: "Espere um minuto e abra de novo o link do e-mail, por favor.",
        },
        returned_too_often: Said {
            title: "Espere um minuto, por favor",
            detail: "Esta página foi aberta muitas vezes. Se já pagou, o seu pagamento não se perdeu: por favor, não pague de novo.",
        },
        clicked_too_often: Said {
            title: "Tente de novo em instantes",
            detail: "Este link acabou de ser aberto muitas vezes. Nenhum valor foi cobrado.",
        },
        paused: Said {
            title: "Os pagamentos estão em pausa",
            detail: "As nossas contas estão em verificação, para que nenhum pagamento se perca. Nenhum valor foi cobrado. Por favor, volte daqui a cerca de uma hora.",
        },
        https_only: Said {
            title: "Isto só funciona com https",
            detail: "Abra de novo o link do e-mail, por favor.",
        },
        too_large: Said {
            title: "Isto é grande demais",
            detail: "O corpo da solicitação é maior do que o que se lê aqui.",
        },
    },
    mail: MailWords {
        greeting: "Olá,",
        monthly: "Mensalidade de {month} de {year}",
        link_subject: "{club}: {what}, {player}",
        link: "Este é o seu link para pagar por {player}.",
        reminder_subject: "{club}: lembrete, {what}, {player}",
        reminder: "Lembramos que há um pagamento em aberto por {player}.",
        is_due: "O vencimento é em {date}.",
        was_due: "O vencimento foi em {date}.",
        crossed: "Se você já pagou, não precisa fazer nada. Obrigado!",
        debit_failed_subject: "{club}: o débito em conta por {player} não foi realizado",
        debit_failed: "O seu banco não realizou o débito em conta por {player}, por isso o pagamento continua em aberto.",
        pay_again: "Por favor, pague pelo novo link abaixo. Nele você pode escolher outra forma de pagamento.",
        receipt_subject: "{club}: recibo, {what}, {player}",
        receipt: "Obrigado! Recebemos o seu pagamento por {player}.",
        pay: "Pagar {amount}",
        address: "Se o botão não funcionar, abra este endereço no navegador:",
        stripe: "O pagamento é feito em uma página segura da Stripe. {club} não vê os dados do seu cartão nem da sua conta.",
        contact: "Alguma dúvida? Fale conosco: {contact}",
        of_what: "Referente a",
        of_player: "Jogador(a)",
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
