//! The documented fields of each kind of entry, with the labels that the report shows.
//!
//! Fields are free named values: an entry may carry others, whose name then is their label. The
//! labels are part of package format v1, because the report is compared byte by byte: a changed
//! word is a new package format.

use crate::entry::Kind;

/// The type in which a documented field is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Text,
    Json,
    Instant,
    Hash,
}

impl ValueType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Instant => "instant",
            Self::Hash => "hash",
        }
    }
}

/// A label in both languages of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    pub es: &'static str,
    pub en: &'static str,
}

/// A documented field: its name, its type, its label.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub value_type: ValueType,
    pub label: Label,
}

const fn field(name: &'static str, value_type: ValueType, es: &'static str, en: &'static str) -> Field {
    Field { name, value_type, label: Label { es, en } }
}

use ValueType::{Hash, Instant, Json, Text};

/// Every documented field once, in alphabetical order.
pub const FIELDS: &[Field] = &[
    field("appeal", Text, "Recurso, cómo y hasta cuándo", "Appeal, how and until when"),
    field("assent", Text, "Asentimiento de la niña o el niño", "Assent of the child"),
    field("best_interests", Text, "Interés superior de la niñez", "Best interests of the child"),
    field("capacity", Text, "Calidad en que se otorga", "Capacity in which it is given"),
    field("captured_by", Text, "Capturado por", "Captured by"),
    field("child_views", Text, "Opinión de la niña o el niño", "Views of the child"),
    field("claim", Text, "Afirmación", "Claim"),
    field("claim_type", Text, "Tipo de afirmación", "Type of claim"),
    field("class", Text, "Clase de datos", "Class of data"),
    field("clock", Text, "Reloj", "Clock"),
    field("conclusion", Text, "Conclusión", "Conclusion"),
    field("conditions", Json, "Condiciones", "Conditions"),
    field("contradictions", Json, "Contradicciones y cómo se resolvieron", "Contradictions and how they were resolved"),
    field("counter_evidence", Json, "Prueba en contra", "Counter-evidence"),
    field("decider", Text, "Quien decide", "Decider"),
    field("device", Text, "Dispositivo", "Device"),
    field("disclosure_status", Text, "Estado del consentimiento de divulgación", "Status of the consent to disclose"),
    field("document_type", Text, "Tipo de documento", "Type of document"),
    field("entries", Json, "Registros", "Entries"),
    field("evidence", Json, "Pruebas y su peso", "Evidence and its weight"),
    field("evidence_missing", Json, "Prueba rechazada o faltante y por qué", "Evidence refused or missing and why"),
    field("form_version", Text, "Versión del formulario", "Version of the form"),
    field("given_by", Text, "Otorgado por", "Given by"),
    field("how_seen", Text, "Cómo se vio", "How it was seen"),
    field("interpreter", Text, "Intérprete", "Interpreter"),
    field("language", Text, "Idioma", "Language"),
    field("level", Text, "Nivel", "Level"),
    field("level_from", Text, "Nivel anterior", "Level before"),
    field("level_to", Text, "Nivel nuevo", "Level after"),
    field("made_by", Text, "Hecha por", "Made by"),
    field("mode", Text, "Modalidad", "Mode"),
    field("mrz", Json, "Zona de lectura mecánica", "Machine-readable zone"),
    field("nationality", Json, "Nacionalidades declaradas", "Claimed nationalities"),
    field("note", Text, "Nota", "Note"),
    field("object", Text, "Objeto de la afirmación", "Object of the claim"),
    field("observation", Text, "Observación", "Observation"),
    field("observer", Text, "Quien observa", "Observer"),
    field("original", Text, "Dónde queda el original", "Where the original stays"),
    field("outcome", Text, "Resultado", "Outcome"),
    field("person", Text, "Persona", "Person"),
    field("place", Text, "Lugar", "Place"),
    field("presented_by", Text, "Presentado por", "Presented by"),
    field("profile", Text, "Perfil del paquete", "Profile of the package"),
    field("purpose_shown", Text, "Finalidad explicada", "Purpose as explained"),
    field("question", Text, "Cuestión decidida", "Question decided"),
    field("reasons", Text, "Razones", "Reasons"),
    field("recipient", Text, "Destinatario", "Recipient"),
    field("recommendation", Text, "Recomendación", "Recommendation"),
    field("recommender", Text, "Quien recomienda", "Recommender"),
    field("relation", Text, "Vínculo", "Link"),
    field("review_at", Instant, "Fecha de revisión", "Review date"),
    field("risk", Text, "Valoración del riesgo", "Risk assessment"),
    field("rule_version", Text, "Versión de la regla", "Version of the rule"),
    field("sender_sha256", Hash, "SHA-256 calculado por quien envía", "SHA-256 computed by the sender"),
    field("sheet", Json, "Hoja de observación", "Observation sheet"),
    field("site", Text, "Sitio", "Site"),
    field("standard", Text, "Estándar aplicado", "Standard applied"),
    field("statement", Text, "Declaración", "Statement"),
    field("strands", Json, "Hilos de prueba", "Strands of evidence"),
    field("subject", Text, "Sujeto", "Subject"),
    field("visit", Text, "Visita", "Visit"),
    field("witness", Text, "Testigo", "Witness"),
];

/// The documented fields of a kind. Each name stands in [`FIELDS`].
pub fn documented(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::CaseOpened => &["person", "nationality", "language", "site", "note"],
        Kind::ConsentGiven => &[
            "purpose_shown",
            "recipient",
            "given_by",
            "capacity",
            "assent",
            "language",
            "mode",
            "form_version",
            "witness",
            "outcome",
        ],
        Kind::DocumentStill => &[
            "document_type",
            "how_seen",
            "presented_by",
            "captured_by",
            "place",
            "device",
            "clock",
            "visit",
            "mrz",
            "original",
            "sender_sha256",
            "note",
        ],
        Kind::Observation => {
            &["subject", "observation", "observer", "sheet", "interpreter", "language", "mode", "visit", "clock"]
        }
        Kind::ClaimMade => &["claim", "claim_type", "subject", "object", "relation", "statement", "made_by"],
        Kind::LevelChanged => &["claim", "level_from", "level_to", "rule_version", "strands"],
        Kind::Recommendation => &["claim", "recommendation", "reasons", "evidence", "counter_evidence", "recommender"],
        Kind::Decision => &[
            "claim",
            "question",
            "standard",
            "evidence",
            "contradictions",
            "evidence_missing",
            "child_views",
            "best_interests",
            "risk",
            "interpreter",
            "language",
            "mode",
            "recommender",
            "decider",
            "disclosure_status",
            "reasons",
            "conclusion",
            "level",
            "conditions",
            "review_at",
            "appeal",
            "rule_version",
            "form_version",
        ],
        Kind::ExportMade => &["recipient", "profile", "entries", "reasons"],
        Kind::Erased => &["class", "entries", "reasons"],
    }
}

/// The documented field of a name.
pub fn find(name: &str) -> Option<&'static Field> {
    let at = FIELDS.binary_search_by(|field| field.name.cmp(name)).ok()?;
    FIELDS.get(at)
}

/// What the report calls a kind.
pub fn kind_label(kind: Kind) -> Label {
    let (es, en) = match kind {
        Kind::CaseOpened => ("Apertura del caso", "Case opened"),
        Kind::ConsentGiven => ("Consentimiento", "Consent"),
        Kind::DocumentStill => ("Imagen de un documento", "Still of a document"),
        Kind::Observation => ("Observación", "Observation"),
        Kind::ClaimMade => ("Afirmación", "Claim"),
        Kind::LevelChanged => ("Cambio de nivel", "Change of level"),
        Kind::Recommendation => ("Recomendación", "Recommendation"),
        Kind::Decision => ("Decisión", "Decision"),
        Kind::ExportMade => ("Exportación", "Export"),
        Kind::Erased => ("Supresión de datos", "Erasure"),
    };
    Label { es, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_field_has_a_type_and_a_label() {
        assert!(FIELDS.is_sorted_by(|a, b| a.name < b.name));
        for kind in Kind::ALL {
            for name in documented(kind) {
                assert!(find(name).is_some(), "{name} of {kind:?}");
            }
        }
        for field in FIELDS {
            assert!(Kind::ALL.iter().any(|kind| documented(*kind).contains(&field.name)));
        }
    }
}
