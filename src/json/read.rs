//! RFC 8259, "JSON Grammar", as a deserializer of serde's.

use std::{
    fmt::{self, Display, Formatter},
    marker::PhantomData,
};

use serde::{
    Deserialize,
    de::{
        self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
        value::{BorrowedStrDeserializer, MapAccessDeserializer},
    },
    forward_to_deserialize_any,
};

/// How deep values may stand in one another.
const DEPTH: u8 = 120;

/// The name by which [`Raw`] asks for a value's text.
const RAW: &str = "$raw";

/// The text is no JSON, or not of the shape that was asked for. Says where, and not what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// How many bytes could be read.
    pub at: usize,
}

/// A value as it stands in the text, to be read once it is known what it should be.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a>(pub &'a str);

/// An object, or only its id (Stripe docs, "Expanding responses").
#[derive(Clone, Debug)]
pub enum Expandable<T> {
    /// Its id.
    Id(String),
    /// All of it.
    Object(T),
}

/// Reads one value, which must be all of the text.
///
/// # Errors
/// [`Unreadable`].
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    let value = T::deserialize(&mut reader).map_err(|_| Unreadable { at: reader.at })?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unreadable()),
    }
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable JSON at byte ")?;
        Display::fmt(&self.at, f)
    }
}

impl std::error::Error for Unreadable {}

/// serde's own messages name what stood there, and [`from_str`] knows where it was.
impl de::Error for Unreadable {
    fn custom<T: Display>(_: T) -> Self {
        Self { at: 0 }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Raw<'de>;
            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Self::Value, D::Error> {
                <&str>::deserialize(deserializer).map(Raw)
            }
        }
        deserializer.deserialize_newtype_struct(RAW, Text)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Expandable<T>;
            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an object")
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Self::Value, E> {
                Ok(Expandable::Id(id.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Expandable::Object)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

impl<'de> Reader<'de> {
    fn unreadable(&self) -> Unreadable {
        Unreadable { at: self.at }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on to the next byte that is as wanted, and answers it.
    fn find(&mut self, is_wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        for (ahead, byte) in rest.iter().enumerate() {
            if is_wanted(*byte) {
                self.at += ahead;
                return Some(*byte);
            }
        }
        self.at = self.text.len();
        None
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.find(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r'))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unreadable())
    }

    fn word(&mut self, word: &str) -> Result<(), Unreadable> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.unreadable())
    }

    /// The part of the text from there to here. Both stand beside ASCII, so it is never cut within a
    /// character.
    fn since(&self, from: usize) -> &'de str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn digits(&mut self) -> Result<(), Unreadable> {
        let from = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > from {
            Ok(())
        } else {
            Err(self.unreadable())
        }
    }

    /// A number's text, and whether it is an integer.
    fn number(&mut self) -> Result<(&'de str, bool), Unreadable> {
        let from = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        let whole = self.at;
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok((self.since(from), self.at == whole))
    }

    /// Nothing that is read here has a fraction.
    fn integer(&mut self) -> Result<i64, Unreadable> {
        self.peek();
        match self.number()? {
            (digits, true) => digits.parse().map_err(|_| self.unreadable()),
            (_, false) => Err(self.unreadable()),
        }
    }

    /// A string: as it stands in the text, or with its escapes undone.
    fn string(&mut self) -> Result<Result<&'de str, String>, Unreadable> {
        self.expect(b'"')?;
        let mut from = self.at;
        let mut undone: Option<String> = None;
        loop {
            match self.find(|byte| matches!(byte, b'"' | b'\\' | ..0x20)) {
                Some(b'"') => {
                    let rest = self.since(from);
                    self.at += 1;
                    return Ok(match undone {
                        None => Ok(rest),
                        Some(undone) => Err(undone + rest),
                    });
                }
                Some(b'\\') => {
                    let mut text = undone.unwrap_or_default() + self.since(from);
                    self.at += 1;
                    text.push(self.escape()?);
                    undone = Some(text);
                    from = self.at;
                }
                Some(_) | None => return Err(self.unreadable()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Unreadable> {
        let escaped = match self.byte() {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.unreadable()),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// Four hexadecimal digits, or eight as a surrogate pair.
    fn code_point(&mut self) -> Result<char, Unreadable> {
        let mut code = self.hex()?;
        if let 0xd800..=0xdbff = code {
            self.word("\\u")?;
            let low = self.hex()?;
            if !(0xdc00..=0xdfff).contains(&low) {
                return Err(self.unreadable());
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code).ok_or_else(|| self.unreadable())
    }

    fn hex(&mut self) -> Result<u32, Unreadable> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or_else(|| self.unreadable())?;
            self.at += 1;
        }
        Ok(code)
    }

    fn enter(&mut self, open: u8) -> Result<(), Unreadable> {
        self.expect(open)?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.unreadable());
        }
        Ok(())
    }

    fn leave(&mut self, close: u8) -> Result<(), Unreadable> {
        self.depth -= 1;
        self.expect(close)
    }

    /// Goes on to the next item or member; `false` where there is none.
    fn next(&mut self, is_first: &mut bool, close: u8) -> Result<bool, Unreadable> {
        if self.peek() == Some(close) {
            return Ok(false);
        }
        if !std::mem::take(is_first) {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn skip(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(open @ (b'{' | b'[')) => {
                let close = open + 2;
                self.enter(open)?;
                let mut is_first = true;
                while self.next(&mut is_first, close)? {
                    if open == b'{' {
                        self.peek();
                        drop(self.string()?);
                        self.expect(b':')?;
                    }
                    self.skip()?;
                }
                self.leave(close)
            }
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            _ => self.number().map(drop),
        }
    }
}

/// What is asked for is what is looked for: only [`Deserializer::deserialize_any`] knows every kind of value,
/// and it is there once for each type that may be of several.
impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.peek() {
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            _ => self.deserialize_i64(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.string()? {
            Ok(text) => visitor.visit_borrowed_str(text),
            Err(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let integer = self.integer()?;
        visitor.visit_i64(integer)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let truth = self.peek() == Some(b't');
        self.word(if truth { "true" } else { "false" })?;
        visitor.visit_bool(truth)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.peek();
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.peek() == Some(b'n') {
            self.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if name != RAW {
            return visitor.visit_newtype_struct(self);
        }
        self.peek();
        let from = self.at;
        self.skip()?;
        visitor.visit_newtype_struct(BorrowedStrDeserializer::new(self.since(from)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.enter(b'[')?;
        let value = visitor.visit_seq(Items::new(self, b']'))?;
        self.leave(b']')?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.enter(b'{')?;
        let value = visitor.visit_map(Items::new(self, b'}'))?;
        self.leave(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit_struct tuple tuple_struct enum
    }
}

struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    close: u8,
    is_first: bool,
}

impl<'a, 'de> Items<'a, 'de> {
    fn new(reader: &'a mut Reader<'de>, close: u8) -> Self {
        Self {
            reader,
            close,
            is_first: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        if !self.reader.next(&mut self.is_first, self.close)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        if !self.reader.next(&mut self.is_first, self.close)? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(self.reader.unreadable());
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}
