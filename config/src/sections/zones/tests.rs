use super::*;
use crate::{ByteSize, Loader, Sources};

fn load(text: &str) -> Result<Zones, String> {
    let sources = Sources::new().with_file("f", text);
    let loaded = Loader::new().load(&sources).map_err(|problems| problems.to_string())?;
    Ok(loaded.section::<Zones>().unwrap())
}

#[test]
fn a_zone_takes_what_it_does_not_say_from_the_default_one() {
    let zones = load(
        "[zones.default]\nmax_message_rate = \"5/s\"\nmax_queued_messages = 7\n\
         [zones.sensors]\nmax_queued_messages = 9\nflapping = \"3/1m ban 1m\"\nfailed_logins = \"off\"\n",
    )
    .unwrap();
    assert_eq!(zones.names().collect::<Vec<_>>(), ["default", "sensors"]);
    let sensors = zones.of(Some("sensors"));
    assert_eq!(sensors.max_queued_messages, Some(9));
    assert_eq!(sensors.max_message_rate, Some("5/s".parse().unwrap()));
    assert_eq!(sensors.failed_logins, Some(Strikes::Off));
    assert_eq!(sensors.failed_logins_per_address, Some("300/5m ban 5m".parse().unwrap()));
    for other in [zones.of(None), zones.of(Some("default")), zones.of(Some("elsewhere"))] {
        assert_eq!((other.max_queued_messages, other.flapping), (Some(7), None));
        assert_eq!(other.failed_logins, Some("10/1m ban 5m".parse().unwrap()));
    }
}

#[test]
fn names_are_read() {
    let zones = load(
        "[zones.plant]\nchain = [\"certs\"]\nuser_from = \"certificate-san-dns\"\nclient_id_from = \"user\"\n\
         takeover = \"anybody\"\nmax_retained_bytes_per_user = \"1MiB\"\n\
         failed_logins_spared = [\"10.1.2.3/8\", \"::1\"]\n",
    )
    .unwrap();
    let plant = zones.of(Some("plant"));
    assert_eq!(plant.chain, Some(vec!["certs".to_owned()]));
    assert_eq!(
        (plant.user_from, plant.client_id_from),
        (Some(UserFrom::CertificateSanDns), Some(ClientIdFrom::User))
    );
    assert_eq!(plant.takeover, Some(Takeover::Anybody));
    assert_eq!(plant.max_retained_bytes_per_user, Some(ByteSize::mib(1)));
    let spared: Vec<String> = plant.failed_logins_spared.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(spared, ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn what_cannot_hold_is_refused() {
    for (text, expected) in [
        ("[zones.a]\nmax_subscriptions = 0", "f:2:21: zones.a.max_subscriptions: expected at least 1, got 0"),
        ("[zones.a]\nfailed_logins = \"5/1m\"", "expected a count, a time and a ban"),
        ("[zones.a]\nmax_expiry = 5", "expected a duration such as \"2h\", or \"never\", got 5"),
        ("[zones.A]\n", "a name is made of lower-case letters"),
        ("[zones.a]\nchian = []", "zones.a.chian: unknown key; did you mean chain?"),
    ] {
        let refused = load(text).unwrap_err();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
}
