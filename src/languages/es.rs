//! Spanish.

use super::{
    format::{Format, SymbolFirst},
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
        symbol_first: SymbolFirst::Never,
    },
    pages: PageWords {
        questions: "¿Preguntas?",
        link_title: "Pago a {club}",
        link_heading: "Su pago a {club}",
        link_text: "Un toque más y llegará a la página de pago segura de Stripe. Allí verá el importe antes de pagar.",
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
            detail: "Su plazo ha terminado. Pídanos uno nuevo, por favor.",
        },
        link_revoked: Said {
            title: "Este enlace ya no es válido",
            detail: "Lo hemos retirado. Pídanos uno nuevo, por favor.",
        },
        charge_closed: Said {
            title: "Este enlace ya no es válido",
            detail: "El cobro correspondiente está cerrado. Consúltenos si cree que aún queda algo por pagar.",
        },
        nothing_to_pay: Said {
            title: "No hay nada que pagar",
            detail: "Esto no tiene ningún costo para usted, así que no tiene que hacer nada.",
        },
        already_paid: Said {
            title: "Ya está pagado",
            detail: "Gracias. Recibimos {amount} el {date}. Aquí no queda nada por pagar.",
        },
        refunded: Said {
            title: "Pago devuelto",
            detail: "Le devolvimos su pago de {amount} el {date}. Consúltenos antes de volver a pagar, por favor.",
        },
        refunded_by_bank: Said {
            title: "Su banco recuperó el pago",
            detail: "Su banco le devolvió {amount} el {date}. Consúltenos antes de volver a pagar, por favor.",
        },
        processing: Said {
            title: "Su banco está procesando el pago",
            detail: "Su pago está en camino y puede tardar unos días. Por favor, no vuelva a pagar: si no llega, le avisaremos.",
        },
        action_required: Said {
            title: "Su pago aún no está completo",
            detail: "Le falta un paso: confirmar su cuenta bancaria o pagar el comprobante. Stripe le ha enviado un correo con las instrucciones. Por favor, no inicie un segundo pago.",
        },
        thank_you: Said {
            title: "Gracias",
            detail: "Hemos recibido su pago de {amount}.",
        },
        what_next: "No tiene que hacer nada más. Si nos escribe por este pago, indíquenos la referencia.",
        confirming: Said {
            title: "Gracias",
            detail: "Su pago se está confirmando. No tiene que hacer nada más. Por favor, no vuelva a pagar.",
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
            detail: "Algo de nuestra parte no respondió a tiempo. No se ha cobrado nada.",
        },
        prefetch: Said {
            title: "Cuando quiera",
            detail: "Su navegador abrió este enlace por adelantado. Pulse el botón para continuar.",
        },
        no_such_page: Said {
            title: "Aquí no hay ninguna página",
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
            detail: "Esta página se ha abierto muchas veces. Si ya ha pagado, su pago no se ha perdido: por favor, no vuelva a pagar.",
        },
        clicked_too_often: Said {
            title: "Inténtelo de nuevo en un momento",
            detail: "Este enlace se acaba de abrir muchas veces. No se ha cobrado nada.",
        },
        paused: Said {
            title: "Los pagos están en pausa por un rato",
            detail: "Estamos revisando nuestros registros para que todos los pagos queden anotados. No se ha cobrado nada. Vuelva dentro de una hora, más o menos.",
        },
        https_only: Said {
            title: "Esto solo funciona con https",
            detail: "Abra de nuevo el enlace del correo, por favor.",
        },
        too_large: Said {
            title: "Esto es demasiado grande",
            detail: "El cuerpo de la solicitud supera lo que se lee aquí.",
        },
    },
    mail: MailWords {
        greeting: "Hola:",
        monthly: "Cuota mensual de {month} de {year}",
        link_subject: "{club}: {what}, {player}",
        link: "Este es su enlace para pagar por {player}.",
        reminder_subject: "{club}: recordatorio, {what}, {player}",
        reminder: "Le recordamos que hay un pago pendiente por {player}.",
        is_due: "Vence el {date}.",
        was_due: "Venció el {date}.",
        crossed: "Si ya ha pagado, no tiene que hacer nada. ¡Muchas gracias!",
        debit_failed_subject: "{club}: no se pudo cobrar el adeudo bancario por {player}",
        debit_failed: "Su banco no ha realizado el cargo en cuenta por {player}, así que el pago sigue pendiente.",
        pay_again: "Por favor, pague con el nuevo enlace que encontrará más abajo. Allí puede elegir otra forma de pago.",
        receipt_subject: "{club}: recibo, {what}, {player}",
        receipt: "¡Muchas gracias! Hemos recibido su pago por {player}.",
        pay: "Pagar {amount}",
        address: "Si el botón no funciona, abra esta dirección en su navegador:",
        stripe: "El pago se hace en una página segura de Stripe. {club} no ve los datos de su tarjeta ni de su cuenta.",
        contact: "¿Tiene alguna pregunta? Escríbanos o llámenos: {contact}",
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
