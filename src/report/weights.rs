//! What the weights promise, beside what was offered.

use std::collections::BTreeMap;

use super::Share;
use routing::arena::Index;
use routing::snapshot::{Agent, Group, Member, Snapshot, Strategy};

/// An agent's weight in a level of a group whose strategy is `weighted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// The group's id.
    pub group: String,
    /// The level, inside of which the weights are compared.
    pub level: u8,
    /// The agent's id.
    pub agent: String,
    /// 0 to 1000.
    pub weight: u16,
    /// Of the weights of all members of the level who are not disabled.
    pub by_weight: Option<Share>,
    /// How many calls were offered to the agent first, by whatever rule and group.
    pub first_offers: u64,
    /// Of the first offers of all these members.
    pub offered: Option<Share>,
}

/// All weighted members, by group, level, and in the order of the group.
pub fn weighted(snapshot: &Snapshot, first_offers: &BTreeMap<String, u64>) -> Vec<Weighted> {
    let mut weighted = Vec::new();
    for group in snapshot.groups.values() {
        if group.strategy == Strategy::Weighted {
            weighted.extend(levels(snapshot, group, first_offers));
        }
    }
    weighted
}

fn levels(
    snapshot: &Snapshot,
    group: &Group,
    first_offers: &BTreeMap<String, u64>,
) -> Vec<Weighted> {
    let enabled = |member: &&Member| is_enabled(snapshot, member);
    let members: Vec<&Member> = group.members.iter().filter(enabled).collect();
    let mut weighted = Vec::new();
    for members in members.chunk_by(|one, next| one.level == next.level) {
        weighted.extend(of_level(snapshot, group, members, first_offers));
    }
    weighted
}

fn is_enabled(snapshot: &Snapshot, member: &Member) -> bool {
    match snapshot.agents.get(member.agent) {
        Some(agent) => agent.enabled,
        None => false,
    }
}

fn of_level(
    snapshot: &Snapshot,
    group: &Group,
    members: &[&Member],
    first_offers: &BTreeMap<String, u64>,
) -> Vec<Weighted> {
    let id = |agent: Index<Agent>| snapshot.agents.get(agent).map_or("", |agent| &*agent.id);
    let offers = |member: &Member| first_offers.get(id(member.agent)).copied().unwrap_or(0);
    let all_weights = members.iter().map(|member| u64::from(member.weight)).sum();
    let all_offers = members.iter().map(|member| offers(member)).sum();
    let weighted = |member: &&Member| Weighted {
        group: group.id.to_string(),
        level: member.level,
        agent: id(member.agent).to_owned(),
        weight: member.weight,
        by_weight: Share::of(member.weight.into(), all_weights),
        first_offers: offers(member),
        offered: Share::of(offers(member), all_offers),
    };
    members.iter().map(weighted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use routing::arena::Arena;
    use routing::snapshot::RoutingType;

    fn agent(id: &str, enabled: bool) -> Agent {
        let (routing_type, name) = (RoutingType::App, "".into());
        Agent {
            id: id.into(),
            name,
            phone_number: None,
            routing_type,
            answer_timeout: None,
            enabled,
            cover: None,
        }
    }

    /// An agent's place, level and weight.
    type Weights = (usize, u8, u16);

    fn snapshot(groups: &[(&str, Strategy, &[Weights])]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.agents = Arena::new(vec![
            agent("an", true),
            agent("hoa", true),
            agent("minh", true),
            agent("ill", false),
        ]);
        let agents: Vec<Index<Agent>> = snapshot.agents.iter().map(|(index, _)| index).collect();
        let member = |&(agent, level, weight): &Weights| Member {
            agent: agents[agent],
            level,
            position: 0,
            weight,
            schedule: None,
            routing_type: None,
            answer_timeout: None,
        };
        let group = |&(id, strategy, members): &(&str, Strategy, &[_])| {
            Group::new(
                id.into(),
                "".into(),
                strategy,
                false,
                members.iter().map(member).collect(),
            )
        };
        snapshot.groups = Arena::new(groups.iter().map(group).collect());
        snapshot
    }

    fn shown(snapshot: &Snapshot, offers: &[(&str, u64)]) -> Vec<String> {
        let offers = offers
            .iter()
            .map(|(agent, offers)| ((*agent).to_owned(), *offers))
            .collect();
        let share = |share: Option<Share>| share.map_or("-".to_owned(), |share| share.to_string());
        let line = |row: &Weighted| {
            let Weighted {
                group,
                level,
                agent,
                weight,
                by_weight,
                first_offers,
                offered,
            } = row;
            format!(
                "{group} {level} {agent} {weight} {} {first_offers} {}",
                share(*by_weight),
                share(*offered)
            )
        };
        weighted(snapshot, &offers).iter().map(line).collect()
    }

    #[test]
    fn weights_are_compared_inside_a_level_among_those_who_are_not_disabled() {
        let members: &[Weights] = &[(0, 1, 30), (1, 1, 10), (2, 2, 5), (3, 1, 60)];
        let snapshot = snapshot(&[
            ("sales", Strategy::Weighted, members),
            ("team", Strategy::Ordered, members),
        ]);
        let expected = [
            "sales 1 an 30 75.0 2 66.7",
            "sales 1 hoa 10 25.0 1 33.3",
            "sales 2 minh 5 100.0 0 -",
        ];
        assert_eq!(
            shown(&snapshot, &[("an", 2), ("hoa", 1), ("ill", 9)]),
            expected
        );
    }

    #[test]
    fn without_any_weight_there_is_no_share() {
        let snapshot = snapshot(&[("sales", Strategy::Weighted, &[(0, 1, 0)])]);
        assert_eq!(shown(&snapshot, &[]), ["sales 1 an 0 - 0 -"]);
    }
}
