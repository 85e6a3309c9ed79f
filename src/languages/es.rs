//! Spanish.

use super::{
    format::{Format, SymbolPlace},
    mail::MailWords,
    pages::{PageWords, Said},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in Spanish.
pub const WORDS: Words = Words {
    language: Language::Es,
    format: Format {
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        date: "{day} de {month} de {year}",
        first_of_month: "1",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 5,
        symbol: SymbolPlace::Behind,
        dollar: "$",
    },
    pages: PageWords {
        questions: "¿Alguna pregunta?",
        link_title: "Pago a {club}",
        link_heading: "Su pago a {club}",
        link_text: "Toque el botón para abrir la página de pago segura de Stripe. Allí verá el importe antes de pagar.",
        link_preview: "Vea el importe y pague de forma segura con Stripe.",
        link_image: "Una tarjeta de pago con un candado",
        continue_to_payment: "Continuar al pago",
        pay_again: "Pagar de nuevo",
        try_again_now: "Intentar de nuevo",
        finish_payment: "Completar el pago",
        show_receipt: "Ver el recibo",
        paid_for: "Concepto",
        paid_on: "Fecha de pago",
        reference: "Referencia",
        first_payment: "Primer pago",
        monthly_fee: "Cuota mensual",
        payment: "Pago",
        pay: Said {
            title: "Vamos al pago",
            detail: "Su navegador le lleva a la página de pago.",
        },
        unknown_link: Said {
            title: "No conocemos este enlace",
            detail: "Es posible que se haya perdido una parte por el camino. Abra de nuevo el enlace del correo o cópielo completo.",
        },
        link_expired: Said {
            title: "Este enlace ya no es válido",
            detail: "Ha caducado. Pídanos uno nuevo, por favor.",
        },
        link_revoked: Said {
            title: "Este enlace ya no es válido",
            detail: "Lo hemos anulado. Pídanos uno nuevo, por favor.",
        },
        charge_closed: Said {
            title: "Este enlace ya no es válido",
            detail: "Ya no esperamos este pago. Consúltenos si cree que aún queda algo por pagar.",
        },
        nothing_to_pay: Said {
            title: "No hay nada que pagar",
            detail: "No se le cobra nada, así que no tiene que hacer nada.",
        },
        already_paid: Said {
            title: "Ya está pagado",
            detail: "Gracias. Recibimos {amount} el {date}. Aquí no queda nada por pagar.",
        },
        already_paid_part_refunded: Said {
            title: "Ya está pagado",
            detail: "Gracias. Recibimos {amount} el {date}, de los que se le reembolsaron {refunded}. Aquí no queda nada por pagar.",
        },
        refunded: Said {
            title: "Pago reembolsado",
            detail: "Le reembolsamos su pago de {amount} el {date}. Consúltenos antes de volver a pagar, por favor.",
        },
        refunded_by_bank: Said {
            title: "Su banco anuló el pago",
            detail: "Su banco le devolvió {amount} el {date}. Consúltenos antes de volver a pagar, por favor.",
        },
        processing: Said {
            title: "Su banco está procesando el pago",
            detail: "Su pago está en camino. Suele tardar hasta cinco días hábiles. Por favor, no vuelva a pagar: si no llega, le avisaremos.",
        },
        action_required: Said {
            title: "Su pago aún no está completo",
            detail: "Le falta un paso: confirmar su cuenta bancaria o pagar con la ficha de pago. Stripe le ha enviado un correo con las instrucciones. Por favor, no inicie un segundo pago.",
        },
        thank_you: Said {
            title: "Gracias",
            detail: "Hemos recibido su pago de {amount}.",
        },
        what_next: "No tiene que hacer nada más. Si nos escribe acerca de este pago, indíquenos la referencia.",
        confirming: Said {
            title: "Gracias",
            detail: "Su pago se está confirmando. Esperamos la respuesta de Stripe, que suele tardar unos minutos. No tiene que hacer nada más. Por favor, no vuelva a pagar: más tarde, el enlace del correo le mostrará si el pago ha llegado.",
        },
        confirming_bank: Said {
            title: "Gracias",
            detail: "Su pago se está confirmando. Esperamos la respuesta de su banco, que suele tardar hasta cinco días hábiles. No tiene que hacer nada más. Por favor, no vuelva a pagar: si el pago no llega, le avisaremos.",
        },
        not_paid: Said {
            title: "Aún no ha pagado",
            detail: "No se ha cobrado nada. Para pagar, abra de nuevo el enlace del correo cuando quiera.",
        },
        not_paid_go_on: "No se ha cobrado nada. Puede continuar al pago ahora o abrir de nuevo el enlace del correo más tarde.",
        payment_failed: Said {
            title: "Su pago no se ha completado",
            detail: "Su banco lo rechazó o no se pagó a tiempo. No se ha cobrado nada. Puede pagar de nuevo ahora, de la misma forma o de otra.",
        },
        try_again: Said {
            title: "Inténtelo de nuevo en un momento",
            detail: "Nuestro sistema no respondió a tiempo. No se ha cobrado nada.",
        },
        day_limit: Said {
            title: "Los pagos se reanudan más tarde",
            detail: "El servicio de pagos del club ha alcanzado su límite de hoy. No se ha cobrado nada. Abra el enlace de nuevo dentro de {hours} h: seguirá siendo válido.",
        },
        prefetch: Said {
            title: "Cuando quiera",
            detail: "Su navegador abrió este enlace por adelantado. Toque el botón para continuar.",
        },
        no_such_page: Said {
            title: "Esta página no existe",
            detail: "Abra de nuevo el enlace del correo, por favor.",
        },
        method_not_allowed: Said {
            title: "Esto no funciona aquí",
            detail: "Abra de nuevo el enlace del correo, por favor.",
        },
        too_many_tries: Said {
            title: "Demasiados intentos",
            detail: "Espere un minuto y abra de nuevo el enlace del correo, por favor.",
        },
        returned_too_often: Said {
            title: "Espere un minuto, por favor",
            detail: "Esta página se ha abierto demasiadas veces. Si ya ha pagado, su pago no se ha perdido: por favor, no vuelva a pagar.",
        },
        clicked_too_often: Said {
            title: "Inténtelo de nuevo en un momento",
            detail: "Este enlace se acaba de abrir demasiadas veces. No se ha cobrado nada.",
        },
        paused: Said {
            title: "Los pagos están suspendidos temporalmente",
            detail: "Estamos revisando nuestros registros para que no se pierda ningún pago. No se ha cobrado nada. Vuelva a intentarlo dentro de una hora, aproximadamente.",
        },
        https_only: Said {
            title: "Esto solo funciona con https",
            detail: "Abra de nuevo el enlace del correo, por favor.",
        },
        too_large: Said {
            title: "Esto es demasiado grande",
            detail: "El cuerpo de la solicitud supera el tamaño permitido.",
        },
    },
    mail: MailWords {
        greeting: "Hola:",
        monthly: "Cuota mensual de {month} de {year}",
        link_subject: "{club}: {what}, {player}",
        link: "Este es su enlace para realizar el pago de {player}.",
        reminder_subject: "{club}: recordatorio, {what}, {player}",
        reminder: "Le recordamos que el pago de {player} sigue pendiente.",
        is_due: "Vence el {date}.",
        was_due: "Venció el {date}.",
        crossed: "Si ya ha pagado, no tiene que hacer nada. ¡Muchas gracias!",
        debit_failed_subject: "{club}: no se pudo realizar el cargo bancario de {player}",
        debit_failed: "Su banco no realizó el cargo bancario de {player}, así que el pago sigue pendiente.",
        pay_again: "Por favor, pague con el nuevo enlace que encontrará más abajo. Allí puede elegir otra forma de pago.",
        receipt_subject: "{club}: recibo, {what}, {player}",
        receipt: "¡Muchas gracias! Hemos recibido el pago de {player}.",
        pay: "Pagar {amount}",
        address: "Si el botón no funciona, abra esta dirección en su navegador:",
        stripe: "El pago se hace en una página segura de Stripe. {club} no ve los datos de su tarjeta ni de su cuenta.",
        contact: "¿Tiene alguna pregunta? Póngase en contacto con nosotros: {contact}",
        of_what: "Concepto",
        of_player: "Jugador/a",
        of_amount: "Importe",
        of_due: "Vencimiento",
        of_paid: "Fecha de pago",
        of_method: "Forma de pago",
        of_reference: "Referencia",
        cash: "efectivo",
        check: "cheque",
        transfer: "transferencia bancaria",
    },
};

/// The same with amounts as Mexico, the United States and their neighbours write them.
pub const WORDS_WITH_A_POINT: Words = Words {
    format: Format {
        decimal_mark: ".",
        group_mark: ",",
        grouped_from: 4,
        symbol: SymbolPlace::Before,
        ..WORDS.format
    },
    ..WORDS
};
