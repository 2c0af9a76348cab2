//! `/users`: who may sign in, for admins.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::config::Role;
use crate::console::access::{self, InviteError, MAX_NAME_CHARS};
use crate::console::words::{Words, day_and_time};
use crate::store::{SignInRow, UserRow};

/// How many sign-ins are shown.
const SHOWN_SIGN_INS: usize = 20;

/// Who is invited.
#[derive(Debug, Deserialize)]
pub(super) struct InviteForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
}

/// What becomes of a user.
#[derive(Debug, Deserialize)]
pub(super) struct UserForm {
    #[serde(default)]
    role: String,
    #[serde(default)]
    group_ids: String,
    #[serde(default)]
    act: String,
}

/// What has just come of an act.
#[derive(Default)]
struct ActOutcome {
    link: Option<String>,
    fault: Option<&'static str>,
}

pub(super) async fn page(visit: Visit) -> Response {
    visit
        .page(|visit| show(visit, &ActOutcome::default()))
        .await
}

pub(super) async fn invite_user(visit: Visit, Form(typed): Form<InviteForm>) -> Response {
    let invite = move |visit: &Visit| {
        visit.must_be(Role::Admin)?;
        let role = Role::named(&typed.role).ok_or(PageError::Missing)?;
        let file = visit.desk.file()?;
        match access::invite(&file, typed.name.trim(), role, &visit.user.name) {
            Ok(invitation) => {
                let (user, by) = (typed.name.trim(), &visit.user.name);
                tracing::info!(user, role = role.name(), by, "invited");
                let link = format!("{}{}", origin(visit), invitation.path);
                show(
                    visit,
                    &ActOutcome {
                        link: Some(link),
                        fault: None,
                    },
                )
            }
            Err(InviteError::Name) => show(
                visit,
                &ActOutcome {
                    link: None,
                    fault: Some(visit.w.name_unfit),
                },
            ),
            Err(error) => Err(PageError::Broken(error.into())),
        }
    };
    visit.page(invite).await
}

/// Where the console is, as whoever invites has it in their address bar.
fn origin(visit: &Visit) -> String {
    let public_url = &visit.desk.config.public_url;
    if !public_url.is_empty() {
        return public_url.clone();
    }
    let host = visit.headers.get(axum::http::header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("http://{host}")
}

pub(super) async fn change(
    visit: Visit,
    Path(name): Path<String>,
    Form(typed): Form<UserForm>,
) -> Response {
    let act = move |visit: &Visit| {
        visit.must_be(Role::Admin)?;
        let file = visit.desk.file()?;
        let user = file.user(&name)?.ok_or(PageError::Missing)?;
        let by = &visit.user.name;
        let is_done = match &*typed.act {
            "remove" => file.delete_user(&user.name)?,
            "off" | "on" => {
                let groups = user.group_ids.as_deref();
                file.set_access(&user.name, &user.role, groups, typed.act == "on")?
            }
            _ => {
                let role = Role::named(&typed.role).ok_or(PageError::Missing)?;
                let groups = Some(typed.group_ids.trim()).filter(|groups| !groups.is_empty());
                file.set_access(&user.name, role.name(), groups, user.enabled)?
            }
        };
        tracing::info!(
            user = user.name,
            act = typed.act,
            role = typed.role,
            by,
            is_done,
            "user changed"
        );
        let fault = (!is_done).then_some(visit.w.last_admin);
        show(visit, &ActOutcome { link: None, fault })
    };
    visit.page(act).await
}

fn show(visit: &Visit, outcome: &ActOutcome) -> Result<Page, PageError> {
    visit.must_be(Role::Admin)?;
    let w = visit.w;
    let file = visit.desk.file()?;
    let (users, invites) = (file.users()?, file.invites(clock::now())?);
    let sign_ins = file.sign_ins(SHOWN_SIGN_INS)?;
    let body = html! {
        div.stack.narrow {
            h1 { (w.users) }
            @if let Some(fault) = outcome.fault { p.notice.no role="alert" { (fault) } }
            @if let Some(link) = &outcome.link {
                section.notice.good role="status" {
                    div {
                        label for="link" { b { (w.invitation_link) } }
                        input.in #link readonly value=(link);
                        p.small { (w.invitation_once) }
                    }
                }
            }
            ul.cards { @for user in &users { (user_card(visit, user)) } }
            (invite_form(w))
            @if !invites.is_empty() {
                section.card.pad.stack {
                    h2 { (w.pending_invitations) }
                    ul { @for invite in &invites {
                        li { b { (invite.user_name) } " · " (Role::named(&invite.role).map_or("", |role| w.role_name(role))) }
                    } }
                }
            }
            (sign_in_list(visit, &sign_ins))
        }
    };
    Ok(Page {
        title: w.users.to_owned(),
        tab: Tab::Account,
        body,
    })
}

fn role_choice(w: &Words, id: &str, chosen: Role) -> Markup {
    html! {
        select.in id=(id) name="role" {
            @for role in Role::ALL { option value=(role.name()) selected[role == chosen] { (w.role_name(role)) } }
        }
    }
}

fn user_card(visit: &Visit, user: &UserRow) -> Markup {
    let w = visit.w;
    let role = Role::named(&user.role).unwrap_or(Role::Viewer);
    let seen = user.seen_at.map(|at| day_and_time(w, visit.local(at)));
    let (role_id, groups_id) = (
        format!("role-{}", user.name),
        format!("groups-{}", user.name),
    );
    html! {
        li.card.pad.stack {
            div.row.spread {
                div {
                    h2 { (user.full_name.as_deref().unwrap_or(&user.name)) @if !user.enabled { " " span.tag { (w.switched_off) } } }
                    p.small.muted { (user.name) " · " (w.last_seen) ": " (seen.as_deref().unwrap_or(w.never)) }
                }
            }
            form.row method="post" action={ "/users/" (user.name) } {
                div.field { label for=(role_id) { (w.role) } (role_choice(w, &role_id, role)) }
                div.field {
                    label for=(groups_id) { (w.groups_scope) }
                    input.in id=(groups_id) name="group_ids" value=[user.group_ids.as_deref()] placeholder=(w.all_groups);
                }
                div.row.end {
                    button.btn name="act" value="save" { (w.apply) }
                    @if user.enabled { button.btn.quiet name="act" value="off" { (w.switch_off) } }
                    @else {
                        button.btn.quiet name="act" value="on" { (w.switch_on) }
                        button.btn.quiet name="act" value="remove" { (w.remove) }
                    }
                }
            }
        }
    }
}

fn invite_form(w: &Words) -> Markup {
    html! {
        form.card.pad.stack method="post" action="/users" {
            h2 { (w.invite) }
            p.small.muted { (w.invite_hint) }
            div.row {
                div.field {
                    label for="name" { (w.name) }
                    input.in #name name="name" required maxlength=(MAX_NAME_CHARS) autocomplete="off" autocapitalize="none" spellcheck="false";
                }
                div.field { label for="role" { (w.role) } (role_choice(w, "role", Role::Supervisor)) }
                div.row.end { button.btn.main { (w.invite) } }
            }
        }
    }
}

fn sign_in_list(visit: &Visit, sign_ins: &[SignInRow]) -> Markup {
    let w = visit.w;
    html! {
        details.card.pad {
            summary { (w.sign_ins) }
            ul.plain {
                @for row in sign_ins {
                    li.small {
                        span.num { (day_and_time(w, visit.local(row.at))) } " · " (row.user_name) " · " (row.address) " · "
                        @if row.outcome == "refused" { (w.refused_sign_in) } @else { (w.signed_in) }
                    }
                }
            }
        }
    }
}
