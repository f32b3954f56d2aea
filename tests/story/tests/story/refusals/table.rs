//! Who may what, written by hand from the model (roles, types of visit, what each may see) and the rules N5, P2, D4, V2,
//! A1. Nothing in it is taken from the code. One row a route:
//!
//! ```text
//! METHOD PATH  WHOSE  ADMITTED  ROLES
//! ```
//! WHOSE   anybody: no account, what opens it is in the body
//!         official: whoever is signed in · office: by role, names no single case
//!         house: a site or kiosk of the own institution · case: a thing of a case
//!         seat: a relative's phone in its visit · device: an enrolled kiosk
//! ADMITTED  yes: an institution with a grant for verification does it, too (with the role; in a visit: taking part)
//!         no: not allowed, though it knows of the case · -: it does not even know of the thing
//! ROLES   in whose hands it is; `all`; `none` where it takes more than a role: to take part in that very visit
use axum::http::Method;
use policy::Role;

const TABLE: &str = "
GET  /.well-known/jwks.json                   anybody  -    all
GET  /api/trust                               anybody  -    all
GET  /api/room                                anybody  -    all
POST /api/auth/demo                           anybody  -    all
POST /api/auth/enrol                          anybody  -    all
POST /api/auth/passkeys/sign-in/start         anybody  -    all
POST /api/auth/passkeys/sign-in/finish        anybody  -    all
POST /api/join/redeem                         anybody  -    all
POST /api/kiosk/enrol                         anybody  -    all
POST /api/kiosk/challenge                     anybody  -    all
POST /api/kiosk/session                       anybody  -    all
POST /api/kiosk/leave                         anybody  -    all

GET  /api/me                                  official -    all
POST /api/auth/passkeys/register/start        official -    all
POST /api/auth/passkeys/register/finish       official -    all
POST /api/auth/step-up/start                  official -    all
POST /api/auth/step-up/finish                 official -    all
POST /api/auth/step-up/demo                   official -    all
GET  /api/sites                               official -    all
GET  /api/institutions                        official -    all
GET  /api/officials                           official -    all

GET  /api/sites/{id}/kiosks                   house    -    all
POST /api/sites/{id}/kiosks                   house    -    institution_admin
POST /api/kiosks/{id}/enrolment-code          house    -    institution_admin

GET  /api/cases                               office   -    intake attendant scheduler supervisor verifier decider consul protection_officer
GET  /api/visits                              office   -    scheduler attendant supervisor verifier consul
GET  /api/today                               office   -    scheduler attendant supervisor verifier consul
GET  /api/today/events                        office   -    scheduler attendant supervisor verifier consul
GET  /api/messages                            office   -    attendant scheduler
POST /api/cases                               office   -    intake protection_officer

GET  /api/cases/{id}                          case     yes  intake attendant scheduler supervisor verifier decider consul protection_officer
GET  /api/cases/{id}/access                   case     no   protection_officer
POST /api/cases/{id}/answers                  case     no   intake protection_officer
POST /api/cases/{id}/consents                 case     no   intake attendant protection_officer
POST /api/cases/{id}/contacts                 case     no   intake attendant protection_officer
POST /api/cases/{id}/grants                   case     no   protection_officer
POST /api/contacts/{id}/approve               case     no   attendant protection_officer
POST /api/contacts/{id}/unmask-phone          case     no   attendant protection_officer

POST /api/visits                              case     no   scheduler attendant
GET  /api/visits/{id}                         case     yes  scheduler attendant supervisor verifier consul protection_officer
POST /api/visits/{id}/send-code-again         case     no   scheduler attendant
POST /api/messages/{id}/read-out              case     -    attendant scheduler
POST /api/participants/{id}/admit             case     -    attendant
POST /api/participants/{id}/turn-away         case     -    attendant
POST /api/room-token                          case     yes  none
POST /api/visits/{id}/end                     case     yes  none

GET  /api/visits/{id}/document-requests       case     yes  verifier decider protection_officer
POST /api/visits/{id}/document-requests       case     yes  none
GET  /api/evidence/{id}/content               case     yes  verifier decider protection_officer
POST /api/evidence/{id}/seen                  case     yes  verifier
GET  /api/claims/{id}                         case     yes  verifier decider protection_officer
POST /api/claims/{id}/notes                   case     yes  verifier protection_officer attendant
POST /api/claims/{id}/corroborations          case     yes  verifier protection_officer
POST /api/claims/{id}/recommendation          case     yes  verifier
POST /api/claims/{id}/decision                case     yes  decider

GET  /api/cases/{id}/exports                  case     no   decider protection_officer
POST /api/cases/{id}/exports                  case     no   decider protection_officer
GET  /api/exports/{id}                        case     -    decider protection_officer
GET  /api/exports/{id}/package                case     -    decider protection_officer

GET  /api/join/visit                          seat     -    none
GET  /api/join/document-requests              seat     -    none
POST /api/join/document-requests/{id}/answer  seat     -    none
PUT  /api/join/document-requests/{id}/still   seat     -    none
POST /api/kiosk/heartbeat                     device   -    none
POST /api/kiosk/start                         device   -    none

POST /api/contacts/{id}/refuse                case     no   attendant protection_officer
POST /api/visits/{id}/cancel                  case     no   scheduler attendant
POST /api/grants/{id}/withdraw                case     no   protection_officer
POST /api/kiosks/{id}/revoke                  house    -    institution_admin
POST /api/auth/sign-out                       official -    all
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Anybody,
    Official,
    Office,
    House,
    Case,
    Seat,
    Device,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    Yes,
    No,
    Unaware,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub method: Method,
    pub path: &'static str,
    pub whose: Whose,
    pub admitted: Admitted,
    pub roles: Vec<Role>,
}

/// The rows in the order of the table: what ends something stands at the end.
pub fn rows() -> Vec<Row> {
    TABLE.lines().filter(|line| !line.is_empty()).map(row).collect()
}

fn row(line: &'static str) -> Row {
    let mut words = line.split_whitespace();
    let mut next = || words.next().expect("four columns and the roles");
    let method = next().parse().expect("a method");
    let path = next();
    let whose = match next() {
        "anybody" => Whose::Anybody,
        "official" => Whose::Official,
        "office" => Whose::Office,
        "house" => Whose::House,
        "case" => Whose::Case,
        "seat" => Whose::Seat,
        "device" => Whose::Device,
        other => panic!("{other} is nobody"),
    };
    let admitted = match next() {
        "yes" => Admitted::Yes,
        "no" => Admitted::No,
        _ => Admitted::Unaware,
    };
    let named: Vec<&str> = words.collect();
    let roles = match named[..] {
        ["all"] => Role::ALL.to_vec(),
        ["none"] => vec![],
        _ => named.iter().map(|name| Role::parse(name).expect("a role of the model")).collect(),
    };
    Row { method, path, whose, admitted, roles }
}
