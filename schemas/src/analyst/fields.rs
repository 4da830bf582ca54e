//! The schemas of fields in the document of the API.

use serde_json::Value;

/// The document that schemas refer to.
#[derive(Clone, Copy)]
pub(super) struct Schemas<'a>(pub(super) &'a Value);

/// What a schema says once its references are followed.
#[derive(Clone)]
pub(super) struct Field<'a> {
    pub(super) schema: &'a Value,
    /// The first description that was met.
    pub(super) description: Option<&'a str>,
    /// The name of the last schema that was referred to: `CustomerId`.
    pub(super) type_name: Option<&'a str>,
}

impl<'a> Schemas<'a> {
    /// Follows references, and what may be missing to what it is otherwise.
    pub(super) fn resolve(self, schema: &'a Value) -> Field<'a> {
        let (mut schema, mut description, mut type_name) = (schema, None, None);
        loop {
            description = description.or_else(|| schema["description"].as_str());
            if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
                type_name = Some(name);
                schema = &self.0["components"]["schemas"][name];
                continue;
            }
            let choice = schema["oneOf"].as_array().into_iter().flatten();
            let mut others = choice.filter(|item| item["type"] != "null");
            match (others.next(), others.next()) {
                (Some(only), None) => schema = only,
                _ => return Field { schema, description, type_name },
            }
        }
    }

    /// The fields of an object, with those of the schemas that it is made of.
    pub(super) fn properties(self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolve(schema).schema;
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let own = schema["properties"].as_object().into_iter().flatten();
        let inherited = parts.flat_map(|part| self.properties(part));
        inherited.chain(own.map(|(name, schema)| (name.as_str(), schema))).collect()
    }
}

impl<'a> Field<'a> {
    /// The type of a value that is there.
    fn json_type(&self) -> Option<&str> {
        match &self.schema["type"] {
            Value::Array(several) => {
                several.iter().filter_map(Value::as_str).find(|one| *one != "null")
            }
            one => one.as_str(),
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.json_type() == Some("array")
    }

    /// Whether it has fields of any name, or of none that is known.
    pub(super) fn is_map(&self) -> bool {
        self.json_type() == Some("object") || self.json_type().is_none()
    }

    /// The type of its column in Postgres, for a single value.
    pub(super) fn sql_type(&self) -> &'static str {
        match (self.json_type(), self.schema["format"].as_str()) {
            (Some("integer"), _) => "bigint",
            (Some("number"), _) => "double precision",
            (Some("boolean"), _) => "boolean",
            (_, Some("uuid")) => "uuid",
            (_, Some("date-time")) => "timestamptz",
            (_, Some("date")) => "date",
            _ => "text",
        }
    }

    /// Whether somebody could have written a name there: a text that is neither one of a few nor of a form
    /// that has no room for one.
    pub(super) fn is_free_text(&self) -> bool {
        let bounded = ["enum", "pattern", "const"];
        self.sql_type() == "text" && bounded.iter().all(|word| self.schema[word].is_null())
    }

    /// Whether it is one of several variants.
    pub(super) fn is_choice(&self) -> bool {
        self.variants().count() > 1
    }

    /// The field that names the variant, if there is one.
    pub(super) fn variant_field(&self) -> Option<String> {
        let mut fields =
            self.variants().filter_map(|variant| variant["properties"].as_object()).flatten();
        let naming = fields
            .find(|(_, schema)| schema["enum"].as_array().is_some_and(|values| values.len() == 1));
        naming.map(|(name, _)| name.clone())
    }

    pub(super) fn variants(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.schema["oneOf"].as_array().into_iter().flatten()
    }
}
