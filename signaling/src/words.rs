//! Closed lists of words: one macro, so that a word is spelled once for Rust, JSON, SQL and the API's description.

/// `words! { /// doc  pub enum Relation in "contacts.relation" { Mother = "mother", … } }`
/// A word is taken as a token, not as a literal: utoipa reads `rename` only from a bare one.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident in $column:literal { $($(#[$variant_meta:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        $vis enum $name { $($(#[$variant_meta])* #[serde(rename = $word)] $variant),+ }

        // not `expect`: a list that crosses HTTP only never meets SQL, and the other way round
        #[allow(dead_code, reason = "each list uses the half that it needs")]
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $word),+ } }
            pub fn parse(word: &str) -> Option<Self> { match word { $($word => Some($name::$variant),)+ _ => None } }
            /// The word of a row; one that nobody knows is a fault of the row, and says where.
            pub fn of_column(word: &str) -> Result<Self, sqlx::Error> {
                Self::parse(word).ok_or_else(|| sqlx::Error::Decode(format!("{}: no such word as {word:?}", $column).into()))
            }
        }

        // A list has all its conversions, whichever of them a module happens to need.
        const _: fn() = || {
            let _ = ($name::ALL, $name::as_str, $name::parse, $name::of_column);
        };
    };
}

/// `described! { RoleWord, "Role" of policy::Role }`: the words of a list that belongs to a crate which knows nothing of
/// HTTP, for the API's description only.
#[macro_export]
macro_rules! described {
    ($(#[$meta:meta])* $vis:vis $marker:ident, $name:literal of $list:ty) => {
        $(#[$meta])*
        $vis enum $marker {}

        impl utoipa::PartialSchema for $marker {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let words = <$list>::ALL.iter().map(|word| word.as_str());
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(words))
                    .into()
            }
        }

        impl utoipa::ToSchema for $marker {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}
