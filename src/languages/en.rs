//! English.

use super::{
    format::{Format, SymbolPlace},
    mail::MailWords,
    pages::{PageWords, Said},
    words::Words,
};
use crate::domain::language::Language;

/// All that is said in English.
pub const WORDS: Words = Words {
    language: Language::En,
    format: Format {
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        date: "{month} {day}, {year}",
        first_of_month: "1",
        decimal_mark: ".",
        group_mark: ",",
        grouped_from: 4,
        symbol: SymbolPlace::Before,
        dollar: "$",
    },
    pages: PageWords {
        questions: "Questions?",
        link_title: "Payment to {club}",
        link_heading: "Your payment to {club}",
        link_text: "One more tap takes you to the secure payment page at Stripe. You see the amount there before you pay.",
        link_preview: "See the amount and pay securely with Stripe.",
        link_image: "A payment card with a padlock",
        continue_to_payment: "Continue to payment",
        pay_again: "Pay again",
        try_again_now: "Try again",
        finish_payment: "Finish the payment",
        show_receipt: "Show the receipt",
        paid_for: "For",
        paid_on: "Paid on",
        reference: "Reference",
        first_payment: "First payment",
        monthly_fee: "Monthly fee",
        payment: "Payment",
        pay: Said {
            title: "On to the payment",
            detail: "Your browser takes you to the payment page.",
        },
        unknown_link: Said {
            title: "We do not know this link",
            detail: "Part of it may have been lost on the way. Please open the link in the email again, or copy all of it.",
        },
        link_expired: Said {
            title: "This link is no longer valid",
            detail: "It has expired. Please ask us for a new one.",
        },
        link_revoked: Said {
            title: "This link is no longer valid",
            detail: "It was withdrawn. Please ask us for a new one.",
        },
        charge_closed: Said {
            title: "This link is no longer valid",
            detail: "This payment is no longer expected. Please ask us if you think that something is still to be paid.",
        },
        nothing_to_pay: Said {
            title: "Nothing to pay",
            detail: "This costs you nothing, so there is nothing for you to do.",
        },
        already_paid: Said {
            title: "Already paid",
            detail: "Thank you. We received {amount} on {date}. There is nothing left to pay here.",
        },
        already_paid_part_refunded: Said {
            title: "Already paid",
            detail: "Thank you. We received {amount} on {date}, of which {refunded} was refunded. There is nothing left to pay here.",
        },
        refunded: Said {
            title: "Refunded",
            detail: "Your payment of {amount} was refunded on {date}. Please ask us before you pay again.",
        },
        refunded_by_bank: Said {
            title: "Your bank took the payment back",
            detail: "Your bank returned {amount} to you on {date}. Please ask us before you pay again.",
        },
        processing: Said {
            title: "Your bank is processing the payment",
            detail: "Your payment is on its way. This usually takes up to five business days. Please do not pay again: we will tell you if it does not arrive.",
        },
        action_required: Said {
            title: "Your payment is not finished yet",
            detail: "There is one more step for you: confirm your bank account, or pay with the voucher. Stripe has sent you an email about it. Please do not start a second payment.",
        },
        thank_you: Said {
            title: "Thank you",
            detail: "We have received your payment of {amount}.",
        },
        what_next: "There is nothing more for you to do. If you write to us about this payment, please give us the reference.",
        confirming: Said {
            title: "Thank you",
            detail: "Your payment is being confirmed. We are waiting for Stripe, which usually takes a few minutes. There is nothing more for you to do. Please do not pay again: later, the link in the email shows whether the payment has arrived.",
        },
        confirming_bank: Said {
            title: "Thank you",
            detail: "Your payment is being confirmed. We are waiting for your bank, which usually takes up to five business days. There is nothing more for you to do. Please do not pay again: we will tell you if the payment does not arrive.",
        },
        not_paid: Said {
            title: "You have not paid yet",
            detail: "No money was taken. To pay, open the link in the email again whenever you like.",
        },
        not_paid_go_on: "No money was taken. You can go on to the payment now, or open the link in the email again later.",
        payment_failed: Said {
            title: "Your payment did not go through",
            detail: "Your bank declined it, or it was not paid in time. No money was taken. You can pay again now, in the same way or in another.",
        },
        try_again: Said {
            title: "Please try again in a moment",
            detail: "Something on our side did not respond in time. No money was taken.",
        },
        day_limit: Said {
            title: "Payments are possible again later",
            detail: "The payment service of the club has reached its limit for today. No money was taken. Please open the link again in {hours} h: it stays valid.",
        },
        prefetch: Said {
            title: "Ready when you are",
            detail: "Your browser opened this link ahead of time. Press the button to go on.",
        },
        no_such_page: Said {
            title: "There is no page here",
            detail: "Please open the link in the email again.",
        },
        method_not_allowed: Said {
            title: "This does not work here",
            detail: "Please open the link in the email again.",
        },
        too_many_tries: Said {
            title: "Too many tries",
            detail: "Please wait a minute, and then open the link in the email again.",
        },
        returned_too_often: Said {
            title: "Please wait a minute",
            detail: "This page was opened too many times. If you have paid, your payment is not lost: please do not pay again.",
        },
        clicked_too_often: Said {
            title: "Please try again in a moment",
            detail: "This link was opened too many times just now. No money was taken.",
        },
        paused: Said {
            title: "Payments are paused for a while",
            detail: "We are checking our records so that every payment is counted. No money was taken. Please come back in about an hour.",
        },
        https_only: Said {
            title: "This only works over https",
            detail: "Please open the link in the email again.",
        },
        too_large: Said {
            title: "This is too large",
            detail: "The request's body is larger than what is read here.",
        },
    },
    mail: MailWords {
        greeting: "Hello,",
        monthly: "Monthly fee for {month} {year}",
        link_subject: "{club}: {what}, {player}",
        link: "Here is your link to pay for {player}.",
        reminder_subject: "{club}: reminder, {what}, {player}",
        reminder: "This is a friendly reminder of a payment for {player} that is still open.",
        is_due: "It is due on {date}.",
        was_due: "It was due on {date}.",
        crossed: "If you have already paid, there is nothing more for you to do. Thank you!",
        debit_failed_subject: "{club}: the bank debit for {player} did not go through",
        debit_failed: "Your bank did not complete the debit for {player}, so the payment is still open.",
        pay_again: "Please pay with the new link below. You can choose another way to pay there.",
        receipt_subject: "{club}: receipt, {what}, {player}",
        receipt: "Thank you! We have received your payment for {player}.",
        pay: "Pay {amount}",
        address: "If the button does not work, open this address in your browser:",
        stripe: "You pay on a secure Stripe page. {club} does not see your card or bank details.",
        contact: "Any questions? Please ask us: {contact}",
        of_what: "For",
        of_player: "Player",
        of_amount: "Amount",
        of_due: "Due",
        of_paid: "Paid on",
        of_method: "Paid by",
        of_reference: "Reference",
        cash: "cash",
        check: "check",
        transfer: "bank transfer",
    },
};
