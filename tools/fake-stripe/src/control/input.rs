//! The body of a control call, JSON or form.

use serde_json::Value;

use crate::form::Form;
use crate::wire::Request;

pub(super) struct Input {
    body: Value,
    is_form: bool,
}

impl Input {
    pub fn read(request: &Request) -> Result<Self, String> {
        let kind = request.header("Content-Type").unwrap_or_default();
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        let body = if request.body.is_empty() {
            Value::Object(serde_json::Map::new())
        } else if is_form {
            Form::decode(&request.body)
                .map_err(|why| why.to_string())?
                .json()
        } else {
            serde_json::from_slice(&request.body).map_err(|why| why.to_string())?
        };
        if !body.is_object() {
            return Err("the body is no JSON object".into());
        }
        Ok(Self { body, is_form })
    }

    /// A part of a body, read the same way.
    pub fn part(body: Value) -> Self {
        Self {
            body,
            is_form: false,
        }
    }

    pub fn is_form(&self) -> bool {
        self.is_form
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub fn need(&self, name: &str) -> Result<&str, String> {
        self.text(name)
            .ok_or_else(|| format!("`{name}` is missing"))
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number
            .map(Some)
            .ok_or_else(|| format!("`{name}` is no integer"))
    }

    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number
            .map(Some)
            .ok_or_else(|| format!("`{name}` is no number"))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let flag = value.as_bool().or_else(|| value.as_str()?.parse().ok());
        flag.map(Some)
            .ok_or_else(|| format!("`{name}` is no boolean"))
    }
}
