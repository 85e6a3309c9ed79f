//! French.

use super::{
    format::{Format, SymbolPlace},
    mail::MailWords,
    pages::{PageWords, Said},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in French.
pub const WORDS: Words = Words {
    language: Language::Fr,
    format: Format {
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        date: "{day} {month} {year}",
        first_of_month: "1er",
        decimal_mark: ",",
        group_mark: "\u{202f}",
        grouped_from: 4,
        symbol: SymbolPlace::Behind,
        dollar: "$",
    },
    pages: PageWords {
        questions: "Une question\u{a0}?",
        link_title: "Paiement à {club}",
        link_heading: "Votre paiement à {club}",
        link_text: "Appuyez sur le bouton pour ouvrir la page de paiement sécurisée de Stripe. Le montant s’y affiche avant que vous ne payiez.",
        link_preview: "Consultez le montant et payez en toute sécurité avec Stripe.",
        link_image: "Une carte de paiement avec un cadenas",
        continue_to_payment: "Continuer vers le paiement",
        pay_again: "Payer à nouveau",
        try_again_now: "Réessayer",
        finish_payment: "Terminer le paiement",
        show_receipt: "Voir le reçu",
        paid_for: "Objet",
        paid_on: "Payé le",
        reference: "Référence",
        first_payment: "Premier paiement",
        monthly_fee: "Cotisation mensuelle",
        payment: "Paiement",
        pay: Said {
            title: "Vers le paiement",
            detail: "Votre navigateur vous conduit à la page de paiement.",
        },
        unknown_link: Said {
            title: "Nous ne connaissons pas ce lien",
            detail: "Une partie s’est peut-être perdue en route. Ouvrez à nouveau le lien de l’e-mail, ou copiez-le en entier.",
        },
        link_expired: Said {
            title: "Ce lien n’est plus valable",
            detail: "Il a expiré. Demandez-nous-en un nouveau, s’il vous plaît.",
        },
        link_revoked: Said {
            title: "Ce lien n’est plus valable",
            detail: "Nous l’avons annulé. Demandez-nous-en un nouveau, s’il vous plaît.",
        },
        charge_closed: Said {
            title: "Ce lien n’est plus valable",
            detail: "Ce paiement n’est plus attendu. Contactez-nous si vous pensez qu’il reste quelque chose à payer.",
        },
        nothing_to_pay: Said {
            title: "Rien à payer",
            detail: "Rien ne vous est demandé, vous n’avez donc rien à faire.",
        },
        already_paid: Said {
            title: "Déjà payé",
            detail: "Merci. Nous avons reçu {amount} le {date}. Il ne reste rien à payer ici.",
        },
        already_paid_part_refunded: Said {
            title: "Déjà payé",
            detail: "Merci. Nous avons reçu {amount} le {date}, dont {refunded} vous ont été remboursés. Il ne reste rien à payer ici.",
        },
        refunded: Said {
            title: "Paiement remboursé",
            detail: "Votre paiement de {amount} a été remboursé le {date}. Merci de nous contacter avant de payer à nouveau.",
        },
        refunded_by_bank: Said {
            title: "Votre banque a annulé le paiement",
            detail: "Votre banque vous a restitué {amount} le {date}. Merci de nous contacter avant de payer à nouveau.",
        },
        processing: Said {
            title: "Votre banque traite le paiement",
            detail: "Votre paiement est en cours. Cela prend généralement jusqu’à cinq jours ouvrés. Merci de ne pas payer une seconde fois\u{a0}: nous vous préviendrons s’il n’arrive pas.",
        },
        action_required: Said {
            title: "Votre paiement n’est pas encore terminé",
            detail: "Il vous reste une étape\u{a0}: confirmer votre compte bancaire ou payer avec le bon de paiement. Stripe vous a envoyé un e-mail à ce sujet. Merci de ne pas lancer un second paiement.",
        },
        thank_you: Said {
            title: "Merci",
            detail: "Nous avons bien reçu votre paiement de {amount}.",
        },
        what_next: "Vous n’avez plus rien à faire. Si vous nous écrivez au sujet de ce paiement, indiquez-nous la référence.",
        confirming: Said {
            title: "Merci",
            detail: "Votre paiement est en cours de confirmation. Nous attendons la réponse de Stripe, ce qui prend généralement quelques minutes. Vous n’avez plus rien à faire. Merci de ne pas payer une seconde fois\u{a0}: plus tard, le lien de l’e-mail vous indiquera si le paiement est arrivé.",
        },
        confirming_bank: Said {
            title: "Merci",
            detail: "Votre paiement est en cours de confirmation. Nous attendons la réponse de votre banque, ce qui prend généralement jusqu’à cinq jours ouvrés. Vous n’avez plus rien à faire. Merci de ne pas payer une seconde fois\u{a0}: nous vous préviendrons si le paiement n’arrive pas.",
        },
        not_paid: Said {
            title: "Vous n’avez pas encore payé",
            detail: "Aucun montant n’a été prélevé. Pour payer, ouvrez à nouveau le lien de l’e-mail quand vous le souhaitez.",
        },
        not_paid_go_on: "Aucun montant n’a été prélevé. Vous pouvez continuer vers le paiement maintenant, ou ouvrir à nouveau le lien de l’e-mail plus tard.",
        payment_failed: Said {
            title: "Votre paiement n’a pas abouti",
            detail: "Votre banque l’a refusé, ou il n’a pas été réglé à temps. Aucun montant n’a été prélevé. Vous pouvez payer à nouveau maintenant, de la même façon ou autrement.",
        },
        try_again: Said {
            title: "Merci de réessayer dans un instant",
            detail: "Notre système n’a pas répondu à temps. Aucun montant n’a été prélevé.",
        },
        day_limit: Said {
            title: "Les paiements reprendront plus tard",
            detail: "Le service de paiement du club a atteint sa limite du jour. Aucun montant n’a été prélevé. Merci d’ouvrir le lien de nouveau dans {hours}\u{a0}h\u{a0}: il reste valable.",
        },
        prefetch: Said {
            title: "Tout est prêt",
            detail: "Votre navigateur a ouvert ce lien à l’avance. Appuyez sur le bouton pour continuer.",
        },
        no_such_page: Said {
            title: "Cette page n’existe pas",
            detail: "Merci d’ouvrir à nouveau le lien de l’e-mail.",
        },
        method_not_allowed: Said {
            title: "Cela ne fonctionne pas ici",
            detail: "Merci d’ouvrir à nouveau le lien de l’e-mail.",
        },
        too_many_tries: Said {
            title: "Trop de tentatives",
            detail: "Merci d’attendre une minute, puis d’ouvrir à nouveau le lien de l’e-mail.",
        },
        returned_too_often: Said {
            title: "Merci d’attendre une minute",
            detail: "Cette page a été ouverte trop de fois. Si vous avez payé, votre paiement n’est pas perdu\u{a0}: merci de ne pas payer une seconde fois.",
        },
        clicked_too_often: Said {
            title: "Merci de réessayer dans un instant",
            detail: "Ce lien vient d’être ouvert trop de fois. Aucun montant n’a été prélevé.",
        },
        paused: Said {
            title: "Les paiements sont momentanément suspendus",
            detail: "Nous vérifions nos comptes pour que chaque paiement soit bien enregistré. Aucun montant n’a été prélevé. Merci de revenir dans une heure environ.",
        },
        https_only: Said {
            title: "Cela ne fonctionne qu’en https",
            detail: "Merci d’ouvrir à nouveau le lien de l’e-mail.",
        },
        too_large: Said {
            title: "C’est trop volumineux",
            detail: "Le corps de la requête dépasse la taille autorisée.",
        },
    },
    mail: MailWords {
        greeting: "Bonjour,",
        monthly: "Cotisation mensuelle, {month} {year}",
        link_subject: "{club}\u{a0}: {what}, {player}",
        link: "Voici votre lien de paiement pour {player}.",
        reminder_subject: "{club}\u{a0}: rappel, {what}, {player}",
        reminder: "Nous vous rappelons qu’un paiement pour {player} est encore en attente.",
        is_due: "Il est à régler au plus tard le {date}.",
        was_due: "Il était à régler au plus tard le {date}.",
        crossed: "Si vous avez payé entre-temps, vous n’avez rien à faire. Merci\u{a0}!",
        debit_failed_subject: "{club}\u{a0}: le prélèvement pour {player} a échoué",
        debit_failed: "Votre banque n’a pas exécuté le prélèvement pour {player}\u{a0}: le paiement reste donc à effectuer.",
        pay_again: "Merci de payer avec le nouveau lien ci-dessous. Vous pouvez y choisir un autre moyen de paiement.",
        receipt_subject: "{club}\u{a0}: reçu, {what}, {player}",
        receipt: "Merci\u{a0}! Nous avons bien reçu votre paiement pour {player}.",
        pay: "Payer {amount}",
        address: "Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur\u{a0}:",
        stripe: "Vous payez sur une page sécurisée de Stripe. {club} ne voit ni votre numéro de carte ni vos coordonnées bancaires.",
        contact: "Une question\u{a0}? Contactez-nous\u{a0}: {contact}",
        of_what: "Objet",
        of_player: "Joueur ou joueuse",
        of_amount: "Montant",
        of_due: "Échéance",
        of_paid: "Payé le",
        of_method: "Moyen de paiement",
        of_reference: "Référence",
        cash: "espèces",
        check: "chèque",
        transfer: "virement bancaire",
    },
};
