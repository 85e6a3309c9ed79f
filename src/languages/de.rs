//! German.

use super::{
    format::{Format, SymbolPlace},
    mail::MailWords,
    pages::{PageWords, Said},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in German.
pub const WORDS: Words = Words {
    language: Language::De,
    format: Format {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        // A day never breaks from its month.
        date: "{day}.\u{a0}{month} {year}",
        first_of_month: "1",
        decimal_mark: ",",
        group_mark: ".",
        grouped_from: 4,
        symbol: SymbolPlace::Behind,
        dollar: "$",
    },
    pages: PageWords {
        questions: "Fragen?",
        link_title: "Zahlung an {club}",
        link_heading: "Ihre Zahlung an {club}",
        link_text: "Tippen Sie auf die Schaltfläche: Es öffnet sich die sichere Bezahlseite von Stripe. Dort sehen Sie den Betrag, bevor Sie bezahlen.",
        link_preview: "Betrag ansehen und sicher mit Stripe bezahlen.",
        link_image: "Eine Zahlungskarte mit einem Vorhängeschloss",
        continue_to_payment: "Weiter zur Zahlung",
        pay_again: "Erneut bezahlen",
        try_again_now: "Noch einmal versuchen",
        finish_payment: "Zahlung abschließen",
        show_receipt: "Beleg ansehen",
        paid_for: "Wofür",
        paid_on: "Bezahlt am",
        reference: "Referenz",
        first_payment: "Erste Zahlung",
        monthly_fee: "Monatsbeitrag",
        payment: "Zahlung",
        pay: Said {
            title: "Weiter zur Zahlung",
            detail: "Ihr Browser bringt Sie zur Bezahlseite.",
        },
        unknown_link: Said {
            title: "Diesen Link kennen wir nicht",
            detail: "Vielleicht ging unterwegs ein Teil davon verloren. Bitte öffnen Sie den Link in der E-Mail noch einmal, oder kopieren Sie ihn vollständig.",
        },
        link_expired: Said {
            title: "Dieser Link gilt nicht mehr",
            detail: "Er ist abgelaufen. Bitten Sie uns um einen neuen.",
        },
        link_revoked: Said {
            title: "Dieser Link gilt nicht mehr",
            detail: "Wir haben ihn zurückgezogen. Bitten Sie uns um einen neuen.",
        },
        charge_closed: Said {
            title: "Dieser Link gilt nicht mehr",
            detail: "Diese Zahlung wird nicht mehr erwartet. Bitte fragen Sie uns, wenn Sie meinen, dass noch etwas zu bezahlen ist.",
        },
        nothing_to_pay: Said {
            title: "Nichts zu bezahlen",
            detail: "Das kostet Sie nichts. Sie müssen also nichts tun.",
        },
        already_paid: Said {
            title: "Bereits bezahlt",
            detail: "Vielen Dank. Wir haben am {date} {amount} erhalten. Hier ist nichts mehr zu bezahlen.",
        },
        already_paid_part_refunded: Said {
            title: "Bereits bezahlt",
            detail: "Vielen Dank. Wir haben am {date} {amount} erhalten; davon wurden {refunded} erstattet. Hier ist nichts mehr zu bezahlen.",
        },
        refunded: Said {
            title: "Zahlung erstattet",
            detail: "Ihre Zahlung von {amount} wurde am {date} erstattet. Bitte fragen Sie uns, bevor Sie noch einmal bezahlen.",
        },
        refunded_by_bank: Said {
            title: "Ihre Bank hat die Zahlung zurückgebucht",
            detail: "Ihre Bank hat Ihnen am {date} {amount} gutgeschrieben. Bitte fragen Sie uns, bevor Sie noch einmal bezahlen.",
        },
        processing: Said {
            title: "Ihre Bank bearbeitet die Zahlung",
            detail: "Ihre Zahlung ist unterwegs. Das dauert meist bis zu fünf Werktage. Bitte bezahlen Sie nicht noch einmal: Wir melden uns, wenn sie nicht ankommt.",
        },
        action_required: Said {
            title: "Ihre Zahlung ist noch nicht abgeschlossen",
            detail: "Ein Schritt fehlt noch: Bestätigen Sie Ihr Bankkonto, oder bezahlen Sie mit dem Zahlschein. Stripe hat Ihnen dazu eine E-Mail geschickt. Bitte beginnen Sie keine zweite Zahlung.",
        },
        thank_you: Said {
            title: "Vielen Dank",
            detail: "Wir haben Ihre Zahlung von {amount} erhalten.",
        },
        what_next: "Sie müssen nichts weiter tun. Wenn Sie uns zu dieser Zahlung schreiben, nennen Sie uns bitte die Referenz.",
        confirming: Said {
            title: "Vielen Dank",
            detail: "Ihre Zahlung wird gerade bestätigt. Wir warten auf die Antwort von Stripe; das dauert meist einige Minuten. Sie müssen nichts weiter tun. Bitte bezahlen Sie nicht noch einmal: Später sehen Sie über den Link in der E-Mail, ob die Zahlung angekommen ist.",
        },
        confirming_bank: Said {
            title: "Vielen Dank",
            detail: "Ihre Zahlung wird gerade bestätigt. Wir warten auf die Antwort Ihrer Bank; das dauert meist bis zu fünf Werktage. Sie müssen nichts weiter tun. Bitte bezahlen Sie nicht noch einmal: Wir melden uns, wenn die Zahlung nicht ankommt.",
        },
        not_paid: Said {
            title: "Sie haben noch nicht bezahlt",
            detail: "Es wurde kein Geld abgebucht. Um zu bezahlen, öffnen Sie einfach den Link in der E-Mail noch einmal.",
        },
        not_paid_go_on: "Es wurde kein Geld abgebucht. Sie können jetzt weiter zur Zahlung gehen oder später den Link in der E-Mail noch einmal öffnen.",
        payment_failed: Said {
            title: "Ihre Zahlung ist fehlgeschlagen",
            detail: "Ihre Bank hat sie abgelehnt, oder sie ist nicht rechtzeitig eingegangen. Es wurde kein Geld abgebucht. Sie können jetzt erneut bezahlen, auf demselben Weg oder auf einem anderen.",
        },
        try_again: Said {
            title: "Bitte versuchen Sie es gleich noch einmal",
            detail: "Unser System hat nicht rechtzeitig geantwortet. Es wurde kein Geld abgebucht.",
        },
        day_limit: Said {
            title: "Zahlungen sind später wieder möglich",
            detail: "Der Zahlungsdienst des Vereins hat seine Grenze für heute erreicht. Es wurde kein Geld abgebucht. Bitte öffnen Sie den Link in {hours} Std. noch einmal: Er bleibt gültig.",
        },
        prefetch: Said {
            title: "Bereit, wenn Sie es sind",
            detail: "Ihr Browser hat diesen Link im Voraus geöffnet. Tippen Sie auf die Schaltfläche, um fortzufahren.",
        },
        no_such_page: Said {
            title: "Diese Seite gibt es nicht",
            detail: "Bitte öffnen Sie den Link in der E-Mail noch einmal.",
        },
        method_not_allowed: Said {
            title: "Das geht hier nicht",
            detail: "Bitte öffnen Sie den Link in der E-Mail noch einmal.",
        },
        too_many_tries: Said {
            title: "Zu viele Versuche",
            detail: "Bitte warten Sie eine Minute, und öffnen Sie dann den Link in der E-Mail noch einmal.",
        },
        returned_too_often: Said {
            title: "Bitte warten Sie eine Minute",
            detail: "Diese Seite wurde zu oft geöffnet. Wenn Sie bezahlt haben, ist Ihre Zahlung nicht verloren: Bitte bezahlen Sie nicht noch einmal.",
        },
        clicked_too_often: Said {
            title: "Bitte versuchen Sie es gleich noch einmal",
            detail: "Dieser Link wurde gerade zu oft geöffnet. Es wurde kein Geld abgebucht.",
        },
        paused: Said {
            title: "Zahlungen sind vorübergehend nicht möglich",
            detail: "Wir prüfen unsere Unterlagen, damit jede Zahlung richtig erfasst wird. Es wurde kein Geld abgebucht. Bitte kommen Sie in etwa einer Stunde wieder.",
        },
        https_only: Said {
            title: "Das geht nur über https",
            detail: "Bitte öffnen Sie den Link in der E-Mail noch einmal.",
        },
        too_large: Said {
            title: "Das ist zu groß",
            detail: "Der Inhalt der Anfrage ist größer als erlaubt.",
        },
    },
    mail: MailWords {
        greeting: "Guten Tag,",
        monthly: "Monatsbeitrag für {month} {year}",
        link_subject: "{club}: {what}, {player}",
        link: "hier ist Ihr Link zur Zahlung für {player}.",
        reminder_subject: "{club}: Erinnerung, {what}, {player}",
        reminder: "wir möchten Sie daran erinnern, dass eine Zahlung für {player} noch offen ist.",
        is_due: "Sie ist am {date} fällig.",
        was_due: "Sie war am {date} fällig.",
        crossed: "Falls Sie inzwischen bezahlt haben, müssen Sie nichts weiter tun. Vielen Dank!",
        debit_failed_subject: "{club}: Die Lastschrift für {player} ist fehlgeschlagen",
        debit_failed: "leider hat Ihre Bank die Lastschrift für {player} nicht ausgeführt. Die Zahlung ist deshalb noch offen.",
        pay_again: "Bitte zahlen Sie über den neuen Link unten. Dort können Sie auch eine andere Zahlungsart wählen.",
        receipt_subject: "{club}: Quittung, {what}, {player}",
        receipt: "vielen Dank! Wir haben Ihre Zahlung für {player} erhalten.",
        pay: "{amount} bezahlen",
        address: "Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse im Browser:",
        stripe: "Sie zahlen auf einer sicheren Seite von Stripe. {club} sieht weder Ihre Kartennummer noch Ihre Bankdaten.",
        contact: "Noch Fragen? Wenden Sie sich an uns: {contact}",
        of_what: "Wofür",
        of_player: "Für wen",
        of_amount: "Betrag",
        of_due: "Fällig am",
        of_paid: "Bezahlt am",
        of_method: "Zahlungsart",
        of_reference: "Referenz",
        cash: "bar",
        check: "Scheck",
        transfer: "Überweisung",
    },
};
