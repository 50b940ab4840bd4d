//! The engine's events.

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptions;
use cc_ci_engine::{EngineError, EngineEvent};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;

use crate::Docker;
use crate::maps::sorted;

impl Docker {
    /// Events from the moment of the call on.
    ///
    /// The client asks only when the stream is first polled, so what happens in between would be
    /// lost. The engine keeps the latest 256 events: it is asked for its own time now, and later
    /// for all since then.
    pub(crate) async fn event_stream(
        &self,
    ) -> Result<BoxStream<'static, Result<EngineEvent, EngineError>>, EngineError> {
        let asked = self.asked("send", "events", "");
        let info = self.client.info().await.map_err(|error| asked.refused(error))?;
        let now = info.system_time.unwrap_or_default();
        let since = since(&now).ok_or_else(|| asked.nonsense(format!("its time is {now:?}")))?;
        let options = EventsOptions { since: Some(since), ..EventsOptions::default() };
        let over = asked.unreachable("the stream of events ended".to_owned());
        let events = self
            .client
            .events(Some(options))
            .map(move |event| event.map(convert).map_err(|error| asked.refused(error)))
            .chain(stream::iter([Err(over)]));
        // Nothing comes after an error.
        let events = events.scan(false, |ended, item| {
            let before = std::mem::replace(ended, item.is_err());
            std::future::ready((!before).then_some(item))
        });
        Ok(events.boxed())
    }
}

/// The engine's time in the form in which it takes it: seconds and nanoseconds.
fn since(time: &str) -> Option<String> {
    let time: Timestamp = time.parse().ok()?;
    Some(format!("{}.{:09}", time.as_second(), time.subsec_nanosecond()))
}

fn convert(event: EventMessage) -> EngineEvent {
    let actor = event.actor.unwrap_or_default();
    EngineEvent {
        kind: event.typ.map(|kind| kind.to_string()).unwrap_or_default(),
        action: event.action.unwrap_or_default(),
        id: actor.id.unwrap_or_default(),
        attributes: sorted(actor.attributes),
        time_ns: event.time_nano.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn time_keeps_its_leading_zeros() {
        let text = "2026-11-21T09:52:28.000908027Z";
        assert_eq!(since(text).as_deref(), Some("1795254748.000908027"));
        assert_eq!(since("yesterday"), None);
    }

    #[test]
    fn an_event_keeps_all_that_it_says() {
        let event = json!({
            "Type": "container",
            "Action": "health_status: healthy",
            "Actor": {"ID": "c1", "Attributes": {"name": "web"}},
            "scope": "local",
            "time": 1,
            "timeNano": 1_000_000_007,
        });
        let event = convert(serde_json::from_value(event).unwrap());
        assert_eq!(
            (event.kind.as_str(), event.action.as_str()),
            ("container", "health_status: healthy")
        );
        assert_eq!((event.id.as_str(), event.attributes["name"].as_str()), ("c1", "web"));
        assert_eq!(event.time_ns, 1_000_000_007);
    }
}
