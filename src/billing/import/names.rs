//! The names that clubs give their columns, in the five languages of the pages: a guess, which a treasurer confirms
//! before a line is read.

use super::{
    column::Column,
    value::{currency, language},
};
use crate::domain::{
    amount,
    charge::{Kind, is_period},
    money::Currency,
    search,
};

/// Names as [`key`] writes them. What can mean two things (a fee: once, or each month?) stands where it is meant most
/// often.
#[rustfmt::skip]
const NAMES: [(Column, &str); 12] = [
    (Column::PlayerId, "\
        id no number playernumber playerno memberid membernumber memberno membershipid membershipnumber membershipno registrationnumber \
        idjugador idjugadora jugadorid idsocio numerodesocio numerosocio numsocio nsocio nodesocio nosocio numerodejugador codigo \
        idjogador numerodejogador numerodojogador matricula \
        idjoueur idjoueuse numerodejoueur numerodelicence numlicence nlicence nodelicence licence numerodadherent numeroadherent \
        numadherent nadherent nodadherent matricule \
        spielerid spielernummer spielernr mitgliedid mitgliedsid mitgliedsnummer mitgliedernummer mitgliednummer mitgliedsnr \
        mitgliednr passnummer passnr nr nummer"),
    (Column::Player, "\
        player playername name fullname nameofplayer playersname child childname childsname member membername participant athlete student \
        jugador jugadora nombre nombrecompleto nombreyapellidos nombreyapellido nombreapellidos apellidosynombre apellidosnombre \
        nombredeljugador nombredelajugadora deportista alumno socio \
        jogador jogadora nome nomecompleto nomedojogador nomedajogadora atleta aluno crianca \
        joueur joueuse nomcomplet nometprenom nomprenom prenometnom prenomnom nomdujoueur nomdelajoueuse enfant adherent licencie eleve \
        spieler spielerin spielername kind mitglied teilnehmer vollstandigername vorundnachname vornamenachname vornameundnachname \
        nachnamevorname namedesspielers"),
    (Column::FirstName, "\
        firstname givenname forename nombredepila primernombre nomeproprio primeironome prenom vorname rufname"),
    (Column::LastName, "\
        lastname surname familyname apellido apellidos primerapellido apelido apelidos sobrenome nom nomdefamille nachname familienname \
        zuname"),
    (Column::Amount, "\
        amountdue amountowed owed balance total sum fee fees dues price cost charge payment topay \
        importe importetotal cantidad monto cuota cuotas precio apagar importeapagar deuda tarifa \
        valor valorapagar valortotal montante quantia quota preco \
        montant montantdu montantapayer montanttotal somme cotisation prix tarif apayer adhesion \
        betrag beitrag beitrage jahresbeitrag mitgliedsbeitrag gesamtbetrag rechnungsbetrag offenerbetrag offen summe gesamt preis \
        gebuhr kosten zuzahlen forderung"),
    (Column::Email, "\
        email mail emailaddress mailaddress parentemail parentsemail payeremail guardianemail contactemail emailofparent emailparent \
        correo correoelectronico direcciondecorreo emailpadre emailmadre emailpadres correodelpadre correodelamadre correopadres \
        correioeletronico correioeletronica enderecodeemail emaildoresponsavel emailresponsavel \
        courriel adressemail adresseemail adresseelectronique adressecourriel mel emailparents emaildesparents emaildureponsable \
        emailadresse mailadresse emaileltern elternemail emaildereltern emailkontakt"),
    (Column::Language, "\
        lang idioma lengua lingua langue sprache"),
    (Column::MonthlyFee, "\
        monthly monthlyamount monthlydues monthlypayment feepermonth feemonthly \
        cuotamensual cuotames mensualidad importemensual mensual \
        mensalidade valormensal quotamensal mensal \
        cotisationmensuelle montantmensuel mensualite mensuel \
        monatsbeitrag monatlicherbeitrag beitragmonatlich beitragpromonat beitragmonat monatsgebuhr monatlich"),
    (Column::Kind, "type chargetype tipo art typ"),
    (Column::Period, "month mes mois monat periodo periode zeitraum"),
    (Column::Currency, "moneda divisa moeda devise monnaie wahrung waehrung"),
    (Column::Token, "linktoken"),
];

/// Suffixes of a name: the currency of an amount.
const BEHIND: [&str; 9] = [
    "ineuro", "ineur", "euros", "euro", "eur", "usd", "chf", "gbp", "brl",
];

/// A column of a file: its header, and some of what stands in it.
pub(super) struct Shown<'a> {
    pub(super) name: &'a str,
    pub(super) samples: &'a [String],
}

/// Guesses the meaning of each column of a file. Nothing is guessed twice.
pub(super) fn guess(columns: &[Shown<'_>]) -> Vec<Option<Column>> {
    let mut guesses: Vec<Option<Column>> = vec![None; columns.len()];
    // The first way to read a header decides, for all columns, before the next one does.
    let ways: [fn(&str) -> Option<Column>; 4] = [
        Column::named,
        |name| find(&key(name, true)),
        |name| find(&key(name, false)),
        |name| find(without_currency(&key(name, false))),
    ];
    for way in ways {
        for (place, column) in columns.iter().enumerate() {
            let Some(guess) = way(column.name) else {
                continue;
            };
            let is_free = guesses[place].is_none() && !guesses.contains(&Some(guess));
            if is_free && fits(guess, column.samples) {
                guesses[place] = Some(guess);
            }
        }
    }
    of_name(&mut guesses);
    if !guesses.contains(&Some(Column::Email)) {
        let is_address = |column: &Shown<'_>| {
            !column.samples.is_empty() && column.samples.iter().all(|value| value.contains('@'))
        };
        let place = columns.iter().position(is_address);
        if let Some(place) = place.filter(|place| guesses[*place].is_none()) {
            guesses[place] = Some(Column::Email);
        }
    }
    guesses
}

/// A name in one column or in two: what is a name in itself (`Name`, `Nombre`) is a part of one if another part
/// stands beside it, and a part alone is a name.
fn of_name(guesses: &mut [Option<Column>]) {
    let place =
        |guesses: &[Option<Column>], of: Column| guesses.iter().position(|it| *it == Some(of));
    let whole = place(guesses, Column::Player);
    let first = place(guesses, Column::FirstName);
    let last = place(guesses, Column::LastName);
    match (whole, first, last) {
        // All three: the name is whole without its parts.
        (Some(_), Some(first), Some(last)) => (guesses[first], guesses[last]) = (None, None),
        (Some(whole), Some(_), None) => guesses[whole] = Some(Column::LastName),
        (Some(whole), None, Some(_)) => guesses[whole] = Some(Column::FirstName),
        (None, Some(part), None) | (None, None, Some(part)) => guesses[part] = Some(Column::Player),
        (Some(_) | None, None, None) | (None, Some(_), Some(_)) => {}
    }
}

/// Whether what stands in a column can be what its header says. `Typ` may be anything.
fn fits(column: Column, samples: &[String]) -> bool {
    let all = |fits: fn(&str) -> bool| samples.iter().all(|value| fits(value));
    match column {
        // One that is wrong makes no other column of it.
        Column::Amount | Column::MonthlyFee => {
            let is_number = |value: &String| value.contains(|c: char| c.is_ascii_digit());
            samples.is_empty() || samples.iter().any(is_number)
        }
        Column::Email => samples.is_empty() || samples.iter().any(|value| value.contains('@')),
        Column::Kind => all(|value| Kind::parse(value).is_some()),
        Column::Period => all(is_period),
        Column::Currency => all(|value| currency(value).is_ok()),
        Column::Language => all(|value| language(value).is_ok()),
        Column::PlayerId
        | Column::Player
        | Column::Token
        | Column::OrderId
        | Column::OrderStatus
        | Column::OrderCreatedAt
        | Column::StripeSessionId
        | Column::CheckoutUrl
        | Column::FirstName
        | Column::LastName => true,
    }
}

/// The currency that the columns of amounts name, in their headers or beside their amounts.
pub(super) fn currency_of(columns: &[Shown<'_>], guesses: &[Option<Column>]) -> Option<Currency> {
    let of_money =
        |guess: &Option<Column>| matches!(guess, Some(Column::Amount | Column::MonthlyFee));
    let mut of_money = columns
        .iter()
        .zip(guesses)
        .filter(|(_, guess)| of_money(guess));
    of_money.find_map(|(column, _)| {
        let texts = std::iter::once(column.name).chain(column.samples.iter().map(String::as_str));
        texts.into_iter().find_map(amount::currency_in)
    })
}

fn find(key: &str) -> Option<Column> {
    // As our own names are, without their `_`.
    let ours = || {
        Column::NAMED
            .into_iter()
            .find(|it| it.as_str().replace('_', "") == key)
    };
    let known = |names: &str| names.split_ascii_whitespace().any(|name| name == key);
    let theirs = NAMES.iter().find(|(_, names)| known(names));
    theirs.map(|(column, _)| *column).or_else(ours)
}

fn without_currency(key: &str) -> &str {
    BEHIND
        .iter()
        .find_map(|currency| key.strip_suffix(currency))
        .unwrap_or(key)
}

/// A header without what people write in many ways: case, accents, blanks, `-`, `_` and other marks. What stands in
/// brackets may say more of it (`Beitrag (monatlich)`) or may not (`E-Mail (Eltern)`).
fn key(header: &str, with_brackets: bool) -> String {
    let (mut key, mut depth) = (String::new(), 0_u32);
    for c in header.chars().flat_map(char::to_lowercase) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 && !with_brackets => {}
            'ª' => key.push('a'),
            'º' | '°' => key.push('o'),
            // An accent that stands behind its letter is no letter.
            c => match search::folded(c) {
                Some(plain) => key.push_str(plain),
                None if c.is_alphanumeric() => key.push(c),
                None => {}
            },
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The guesses for a header, its names parted by `|`, where the columns are empty.
    fn guesses(header: &str) -> String {
        let names: Vec<_> = header.split('|').collect();
        let shown: Vec<_> = names
            .iter()
            .map(|name| Shown { name, samples: &[] })
            .collect();
        let guesses = guess(&shown).into_iter();
        let names: Vec<_> = guesses.map(|it| it.map_or("-", Column::as_str)).collect();
        names.join("|")
    }

    #[test]
    fn each_name_is_written_as_it_is_looked_up_and_means_one_thing() {
        let mut seen = BTreeSet::new();
        for (column, names) in NAMES {
            for name in names.split_ascii_whitespace() {
                assert_eq!(key(name, true), name);
                assert!(seen.insert(name), "{name}");
                assert_eq!(find(name), Some(column), "{name}");
            }
        }
    }

    #[test]
    fn columns_as_clubs_call_them() {
        for (header, expected) in [
            (
                "player_id|player|amount|email",
                "player_id|player|amount|email",
            ),
            (
                "Player ID|Player|Amount|E-mail",
                "player_id|player|amount|email",
            ),
            (
                "PLAYER-ID|Name|Monthly fee|Notes",
                "player_id|player|monthly_fee|-",
            ),
            (
                "Nº de socio|Nombre|Cuota|Correo electrónico",
                "player_id|player|amount|email",
            ),
            (
                "ID|Nombre|Apellidos|Importe (EUR)|E-Mail",
                "player_id|first_name|last_name|amount|email",
            ),
            (
                "Mitglieds-Nr.|Vorname|Nachname|Beitrag|E-Mail",
                "player_id|first_name|last_name|amount|email",
            ),
            (
                "Mitgliedsnummer|Name|Vorname|Beitrag in EUR|Sprache",
                "player_id|last_name|first_name|amount|language",
            ),
            (
                "Nr|Name|Beitrag (monatlich)|E-Mail (Eltern)",
                "player_id|player|monthly_fee|email",
            ),
            (
                "N° de licence|Nom|Prénom|Montant dû|Adresse e-mail",
                "player_id|last_name|first_name|amount|email",
            ),
            (
                "Matricule|Nom|Cotisation mensuelle",
                "player_id|player|monthly_fee",
            ),
            (
                "Nº de sócio|Nome|Mensalidade|Correio eletrônico",
                "player_id|player|monthly_fee|email",
            ),
            ("Pre\u{301}nom|Nom", "first_name|last_name"),
            ("Name|Full name|First name|Last name", "player|-|-|-"),
            ("Beitrag|Betrag|Betreff", "amount|-|-"),
            ("||Foo", "-|-|-"),
        ] {
            assert_eq!(guesses(header), expected, "{header}");
        }
    }

    #[test]
    fn what_stands_in_a_column_can_speak_against_its_name_or_for_it() {
        let of = |name: &str, value: &str| {
            let samples = [value.to_owned()];
            let shown = [Shown {
                name,
                samples: &samples,
            }];
            guess(&shown)[0].map_or("-", Column::as_str)
        };
        for (name, value, expected) in [
            ("Typ", "Jugend", "-"),
            ("Typ", "monthly", "kind"),
            ("Monat", "Mai", "-"),
            ("Monat", "2026-05", "period"),
            ("Sprache", "de", "language"),
            ("Sprache", "Deutsch", "-"),
            ("Beitrag", "siehe unten", "-"),
            ("E-Mail", "unbekannt", "-"),
            ("Kontakt", "payer@example.com", "email"),
        ] {
            assert_eq!(of(name, value), expected, "{name}: {value}");
        }
    }

    #[test]
    fn amounts_name_their_currency() {
        let of = |header: &str, value: &str| {
            let samples = [value.to_owned()];
            let shown = [Shown {
                name: header,
                samples: &samples,
            }];
            let currency = currency_of(&shown, &guess(&shown));
            currency.map(|currency| currency.shown())
        };
        assert_eq!(of("Beitrag (EUR)", "25,00").as_deref(), Some("EUR"));
        assert_eq!(of("Amount", "£25.00").as_deref(), Some("GBP"));
        assert_eq!(of("Amount", "25.00"), None);
        assert_eq!(of("Note", "25 EUR"), None);
    }
}
