//! Form decoding: what is encoded comes back, and no bytes make it fail otherwise than by an error.

use fake_stripe::{Form, Malformed, encode};
use serde_json::json;

#[test]
fn brackets_nest_and_lists_are_maps_of_indices() {
    let form = Form::decode(b"a[b][0][c]=1&a[b][1][c]=2&d=3").unwrap();
    let expected = json!({ "a": { "b": { "0": { "c": "1" }, "1": { "c": "2" } } }, "d": "3" });
    assert_eq!(form.json(), expected);
}

#[test]
fn empty_brackets_push() {
    let form = Form::decode(b"e[]=x&e[]=y&l[][a]=1&l[][b]=2&l[][a]=3").unwrap();
    let expected = json!({
        "e": { "0": "x", "1": "y" },
        "l": { "0": { "a": "1", "b": "2" }, "1": { "a": "3" } },
    });
    assert_eq!(form.json(), expected);
}

#[test]
fn percent_and_plus_are_decoded_in_names_and_values() {
    let form = Form::decode("a%5Bb%5D=x+y%20z%2B%E2%82%AC".as_bytes()).unwrap();
    assert_eq!(form.json(), json!({ "a": { "b": "x y z+€" } }));
}

#[test]
fn the_last_of_two_values_counts_and_order_does_not() {
    assert_eq!(
        Form::decode(b"a=1&a=2").unwrap().json(),
        json!({ "a": "2" })
    );
    assert_eq!(
        Form::decode(b"a=1&b[x]=2&b[y]=3"),
        Form::decode(b"b[y]=3&b[x]=2&a=1")
    );
    assert_eq!(Form::decode(b"&&").unwrap(), Form::empty());
    assert_eq!(Form::decode(b"flag").unwrap().json(), json!({ "flag": "" }));
}

#[test]
fn what_is_no_form_is_refused() {
    let cases: [(&[u8], Malformed); 10] = [
        (b"a=%", Malformed::Percent),
        (b"a=%4", Malformed::Percent),
        (b"a=%zz", Malformed::Percent),
        (b"a=%ff", Malformed::Utf8),
        (b"=1", Malformed::Name),
        (b"[a]=1", Malformed::Name),
        (b"a[b=1", Malformed::Name),
        (b"a[b]c=1", Malformed::Name),
        (b"a=1&a[b]=2", Malformed::Conflict),
        (b"a[b]=2&a=1", Malformed::Conflict),
    ];
    for (body, expected) in cases {
        let text = String::from_utf8_lossy(body);
        assert_eq!(Form::decode(body), Err(expected), "{text}");
    }
    let deep = format!("a{}=1", "[a]".repeat(50));
    assert_eq!(Form::decode(deep.as_bytes()), Err(Malformed::Depth));
}

#[test]
fn any_encoded_pairs_come_back() {
    let mut random = Random(1);
    for _ in 0..2000 {
        let pairs: Vec<(String, String)> = (0..random.below(6))
            .map(|at| {
                (
                    format!("k{at}[{}]", random.word(b"abc_19")),
                    random.unicode(),
                )
            })
            .collect();
        let form = Form::decode(encode(&pairs).as_bytes()).unwrap();
        for (name, value) in &pairs {
            let (key, inner) = name.trim_end_matches(']').split_once('[').unwrap();
            // An empty inner name pushes the element 0.
            let inner = if inner.is_empty() { "0" } else { inner };
            let read = form.get(key).and_then(|form| form.text(inner));
            assert_eq!(read, Some(value.as_str()), "{pairs:?}");
        }
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = Random(2);
    for _ in 0..20_000 {
        let body = random.word(b"a[]&=%+\xff05");
        drop(Form::decode(body.as_bytes()));
        let bytes: Vec<u8> = (0..random.below(12))
            .map(|_| random.below(256) as u8)
            .collect();
        drop(Form::decode(&bytes));
    }
}

/// A small generator of test data (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn word(&mut self, alphabet: &[u8]) -> String {
        (0..self.below(12))
            .map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize]))
            .collect()
    }

    fn unicode(&mut self) -> String {
        (0..self.below(8))
            .filter_map(|_| char::from_u32(self.below(0x11_0000) as u32))
            .collect()
    }
}
