//! Which project a page is about, and how several stand together.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Serialize;

use super::status::{ClusterJson, cluster_page};
use crate::projects::{Project, Projects, SeveralProjects};
use crate::rules::Readiness;

/// How many projects are listed.
const MAX_LISTED: usize = 1_000;

/// Sentences about each of several projects that are not well.
const MAX_SENTENCES: usize = 3;

/// What a page is about.
pub(super) enum AskedAbout<'p> {
    /// The only project, or the one that is named.
    One(Arc<Project>),
    /// All of several.
    All(&'p SeveralProjects),
}

/// What `project=7` in a query says, if it is there.
///
/// # Errors
/// That project is not served here.
pub(super) fn asked<'p>(
    projects: &'p Projects,
    query: Option<&str>,
) -> Result<AskedAbout<'p>, (StatusCode, String)> {
    let mut parameters = query.unwrap_or_default().split('&');
    let named = parameters.find_map(|parameter| parameter.strip_prefix("project="));
    let Some(named) = named else {
        return Ok(match projects {
            Projects::One(project) => AskedAbout::One(Arc::clone(project)),
            Projects::Several(several) => AskedAbout::All(several),
        });
    };
    let number = named.parse().ok();
    match number.and_then(|number| projects.get(number)) {
        Some(project) => Ok(AskedAbout::One(project)),
        None => Err((
            StatusCode::NOT_FOUND,
            "this server does not answer for that project\n".to_owned(),
        )),
    }
}

/// What `/status` says of several projects.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProjectsPage {
    readiness: &'static str,
    cluster: ClusterJson,
    project_count: usize,
    /// The first of them; `/status?project=NUMBER` says all of one.
    projects: Vec<ProjectLine>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProjectLine {
    project: i64,
    name: String,
    readiness: &'static str,
    version: u64,
    hash: String,
    source: &'static str,
    agents: usize,
    edit_refused: bool,
    held: bool,
    problem_count: usize,
}

/// How they stand together.
pub(super) fn page(projects: &Projects, several: &SeveralProjects) -> ProjectsPage {
    let all = projects.all();
    let mut lines = Vec::new();
    for project in all.iter().take(MAX_LISTED) {
        let (status, served) = (project.live.status(), project.live.served());
        lines.push(ProjectLine {
            project: project.number,
            name: project.keys.load().name.clone(),
            readiness: project.live.readiness().name(),
            version: served.version,
            hash: format!("{:016x}", served.fingerprint),
            source: served.source.name(),
            agents: served.snapshot.agents.len(),
            edit_refused: status.is_refused,
            held: status.held.is_some(),
            problem_count: status.problems.len() + status.unnamed.total(),
        });
    }
    ProjectsPage {
        readiness: readiness(projects, several).name(),
        cluster: cluster_page(several.cluster(), clock::now()),
        project_count: all.len(),
        projects: lines,
    }
}

/// Ready as long as one of them is: to take the server out for one would lose the calls of all others.
pub(super) fn readiness(projects: &Projects, several: &SeveralProjects) -> Readiness {
    let (mut sentences, mut is_ready) = (several.cluster().sentences(), false);
    for project in projects.all() {
        let (state, said) = match project.live.readiness() {
            Readiness::Ready => {
                is_ready = true;
                continue;
            }
            Readiness::Degraded(said) => {
                is_ready = true;
                ("degraded", said)
            }
            Readiness::NotReady(said) => ("not ready", said),
        };
        let said: Vec<&str> = said
            .iter()
            .take(MAX_SENTENCES)
            .map(|said| &**said)
            .collect();
        let (number, name) = (project.number, &project.keys.load().name);
        sentences.push(format!(
            "project {number} ({name}) is {state}: {}",
            said.join("; ")
        ));
    }
    if !is_ready {
        sentences.push("there is no project that calls could be answered for".to_owned());
        Readiness::NotReady(sentences)
    } else if sentences.is_empty() {
        Readiness::Ready
    } else {
        Readiness::Degraded(sentences)
    }
}
