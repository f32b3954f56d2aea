//! The first official of an institution, and whoever follows: made from the command line by who runs the instance, who
//! thereby gets a link to hand over and no access of their own. Run again for the same name it makes a new link, for
//! somebody who lost every passkey.
use anyhow::{Context, bail, ensure};
use jiff::tz::TimeZone;
use policy::Role;

use super::state::{Institution, InstitutionKind, SiteKind};
use super::{seed, store};
use crate::app::App;
use crate::auth::{self, Held, LinkPurpose};
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::id::{InstitutionId, OfficialId};

pub const USAGE: &str = "reencuentro invite --institution NAME --kind KIND [--state XX] --name NAME [--locale es] \
    [--roles institution_admin,…] [--site NAME --site-kind shelter --country XX --zone IANA]";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    pub institution: String,
    pub kind: InstitutionKind,
    /// ISO 3166-1 alpha-2, of an institution that belongs to a State.
    pub state: Option<String>,
    pub site: Option<NewSite>,
    pub name: String,
    pub locale: String,
    pub roles: Vec<Role>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSite {
    pub name: String,
    pub kind: SiteKind,
    pub country: String,
    /// IANA.
    pub zone: String,
}

impl Invite {
    /// Words in pairs: `--name value`. An unknown or missing one says so.
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        const KNOWN: [&str; 10] = [
            "--institution",
            "--kind",
            "--state",
            "--name",
            "--locale",
            "--roles",
            "--site",
            "--site-kind",
            "--country",
            "--zone",
        ];
        let pairs: Vec<(&str, &str)> =
            words.chunks(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
        ensure!(pairs.len() * 2 == words.len(), "usage: {USAGE}");
        if let Some((unknown, _)) = pairs.iter().find(|(name, _)| !KNOWN.contains(name)) {
            bail!("{unknown} is not known; usage: {USAGE}");
        }
        let given = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned());
        let needed = |name: &str| {
            given(name).filter(|value| !value.is_empty()).with_context(|| format!("{name} is needed; usage: {USAGE}"))
        };
        let site = match given("--site") {
            Some(name) => Some(NewSite {
                name,
                kind: SiteKind::of_column(&given("--site-kind").unwrap_or_else(|| "shelter".into()))?,
                country: country(needed("--country")?)?,
                zone: zone(needed("--zone")?)?,
            }),
            None => None,
        };
        let role = |word: &str| Role::parse(word.trim()).with_context(|| format!("{word} is no role"));
        let roles = given("--roles").unwrap_or_else(|| Role::InstitutionAdmin.as_str().into());
        Ok(Invite {
            institution: needed("--institution")?,
            kind: InstitutionKind::of_column(&needed("--kind")?).context("--kind")?,
            state: given("--state").map(country).transpose()?,
            site,
            name: needed("--name")?,
            locale: given("--locale").unwrap_or_else(|| "es".into()),
            roles: roles.split(',').map(role).collect::<Result<_, _>>()?,
        })
    }
}

fn country(code: String) -> anyhow::Result<String> {
    let is_code = code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    ensure!(is_code, "{code} is no country in two capital letters");
    Ok(code)
}

fn zone(name: String) -> anyhow::Result<String> {
    TimeZone::get(&name).with_context(|| format!("{name} is no zone"))?;
    Ok(name)
}

/// What is missing is made, what is there is kept; the answer is a link that registers a passkey, once, within a week.
pub async fn invite(app: &App, invite: &Invite) -> anyhow::Result<String> {
    let mut tx = app.db.begin(Scope::Auth).await?;
    let institution = institution(app, &mut tx, invite).await?;
    if let Some(site) = &invite.site {
        let known = store::sites_seen_by(&mut tx, institution).await?;
        if !known.iter().any(|one| one.institution == institution && one.name == site.name) {
            let place = (site.kind, site.country.as_str(), site.zone.as_str());
            seed::site(app, &mut tx, institution, &site.name, place).await.map_err(told)?;
        }
    }
    let official = official(app, &mut tx, institution, invite).await?;
    let token = auth::issue_sign_in_link(app, &mut tx, official, LinkPurpose::Enrol).await?;
    tx.commit().await?;
    let page = app.config.public_url.join("desk/").context("the public URL")?;
    Ok(format!("{page}#enrol={}", token.expose()))
}

async fn institution(app: &App, tx: &mut Tx, invite: &Invite) -> anyhow::Result<InstitutionId> {
    let known: Vec<Institution> = store::institutions(tx).await?;
    let Some(found) = known.into_iter().find(|one| one.name == invite.institution) else {
        return seed::institution(app, tx, &invite.institution, invite.kind, invite.state.as_deref())
            .await
            .map_err(told);
    };
    ensure!(
        found.kind == invite.kind && found.state == invite.state,
        "{} is there already, as {} of {}",
        found.name,
        found.kind.as_str(),
        found.state.as_deref().unwrap_or("no State")
    );
    Ok(found.id)
}

/// A role that is held already is not given twice; none is taken away.
async fn official(app: &App, tx: &mut Tx, institution: InstitutionId, invite: &Invite) -> anyhow::Result<OfficialId> {
    let known = store::official_of(tx, institution, &invite.name).await?;
    let id = match known {
        Some(id) => id,
        None => seed::official(app, tx, institution, &invite.name, &invite.locale).await.map_err(told)?,
    };
    let held = store::official(tx, id).await?.context("the official was just found or made")?.held;
    let has = |role: &Role| held.contains(&Held { role: *role, site: None });
    for role in invite.roles.iter().filter(|role| !has(role)) {
        seed::role(app, tx, id, *role).await.map_err(told)?;
    }
    Ok(id)
}

fn told(problem: Problem) -> anyhow::Error {
    anyhow::anyhow!("{}", problem.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: [&str; 6] = ["--institution", "Casa de prueba", "--kind", "shelter_operator", "--name", "Oficial"];

    #[test]
    fn an_invited_official_administers_unless_other_roles_are_named() {
        let invite = Invite::parse(&LEAST).expect("enough");
        assert_eq!((invite.roles, invite.site, invite.locale.as_str()), (vec![Role::InstitutionAdmin], None, "es"));
        let named = Invite::parse(&[&LEAST[..], &["--roles", "intake, attendant"]].concat()).expect("two roles");
        assert_eq!(named.roles, [Role::Intake, Role::Attendant]);
    }

    #[test]
    fn what_is_unknown_missing_or_no_zone_is_refused() {
        for more in [
            &["--rolls", "intake"][..],
            &["--roles", "king"],
            &["--state"],
            &["--state", "Guatemala"],
            &["--site", "Norte", "--country", "MX", "--zone", "America/Macondo"],
            &["--site", "Norte", "--country", "MX"],
        ] {
            assert!(Invite::parse(&[&LEAST[..], more].concat()).is_err(), "{more:?}");
        }
        assert!(Invite::parse(&LEAST[..4]).is_err());
    }
}
