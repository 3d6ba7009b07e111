//! The core's reasons as MQTT's codes: one table each. 3.x return codes follow from the v5 ones
//! ([`ReasonCode::to_v3`]).

use mqtt_codec::ReasonCode;
use tidegate_gateway::{CloseReason, Refusal};

/// Why somebody is not let in, for a CONNACK.
pub(crate) fn of_connect(refusal: Refusal) -> ReasonCode {
    match refusal {
        Refusal::BadCredentials => ReasonCode::BadUserNameOrPassword,
        Refusal::NotAuthorized => ReasonCode::NotAuthorized,
        Refusal::BadMethod => ReasonCode::BadAuthenticationMethod,
        Refusal::TakenOver | Refusal::Unavailable => ReasonCode::ServerUnavailable,
        Refusal::Banned => ReasonCode::Banned,
        Refusal::BadClientId => ReasonCode::ClientIdentifierNotValid,
        // The will's.
        Refusal::BadTopic => ReasonCode::TopicNameInvalid,
        Refusal::BadPayload => ReasonCode::PayloadFormatInvalid,
        Refusal::QuotaExceeded => ReasonCode::QuotaExceeded,
        Refusal::RateExceeded => ReasonCode::ConnectionRateExceeded,
        Refusal::Busy => ReasonCode::ServerBusy,
        Refusal::Implementation => ReasonCode::ImplementationSpecificError,
        _ => ReasonCode::UnspecifiedError,
    }
}

/// Why a message is not taken, for a PUBACK or PUBREC.
pub(crate) fn of_publish(refusal: Refusal) -> ReasonCode {
    match refusal {
        Refusal::NotAuthorized | Refusal::Banned => ReasonCode::NotAuthorized,
        Refusal::BadTopic => ReasonCode::TopicNameInvalid,
        Refusal::BadPayload => ReasonCode::PayloadFormatInvalid,
        Refusal::QuotaExceeded | Refusal::RateExceeded | Refusal::Busy => ReasonCode::QuotaExceeded,
        Refusal::Implementation => ReasonCode::ImplementationSpecificError,
        _ => ReasonCode::UnspecifiedError,
    }
}

/// Whether a refused message may be taken later. A 3.x client cannot be told; it repeats what was not
/// acknowledged when it comes back, so its connection is closed instead [MQTT3-3.3.5-2].
pub(crate) fn is_passing(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::QuotaExceeded
            | Refusal::RateExceeded
            | Refusal::Busy
            | Refusal::Unavailable
            | Refusal::NoSession
    )
}

/// Why a subscription is not made or not given up, for a SUBACK or UNSUBACK.
pub(crate) fn of_filter(refusal: Refusal) -> ReasonCode {
    match refusal {
        Refusal::NotAuthorized | Refusal::Banned => ReasonCode::NotAuthorized,
        Refusal::BadFilter | Refusal::BadTopic => ReasonCode::TopicFilterInvalid,
        Refusal::QuotaExceeded | Refusal::RateExceeded | Refusal::Busy => ReasonCode::QuotaExceeded,
        Refusal::Implementation => ReasonCode::ImplementationSpecificError,
        _ => ReasonCode::UnspecifiedError,
    }
}

/// What a v5 client is told when its connection ends; `None` when it is gone or ended it itself.
pub(crate) fn of_close(why: CloseReason) -> Option<ReasonCode> {
    Some(match why {
        CloseReason::Goodbye | CloseReason::Lost => return None,
        CloseReason::Silent => ReasonCode::KeepAliveTimeout,
        CloseReason::ProtocolError => ReasonCode::ProtocolError,
        CloseReason::TakenOver => ReasonCode::SessionTakenOver,
        CloseReason::Kicked => ReasonCode::AdministrativeAction,
        CloseReason::Expired => ReasonCode::MaximumConnectTime,
        CloseReason::ShuttingDown => ReasonCode::ServerShuttingDown,
        CloseReason::Refused(refusal) => of_disconnect(refusal),
        CloseReason::NotReading => ReasonCode::QuotaExceeded,
        _ => ReasonCode::UnspecifiedError,
    })
}

/// Policy ended a connection, for a DISCONNECT.
pub(crate) fn of_disconnect(refusal: Refusal) -> ReasonCode {
    match refusal {
        Refusal::TakenOver => ReasonCode::SessionTakenOver,
        Refusal::BadCredentials | Refusal::BadMethod | Refusal::NotAuthorized => ReasonCode::NotAuthorized,
        // A code of its own there is for a CONNACK only (MQTT 5.0 §3.14.2.1).
        Refusal::Banned => ReasonCode::AdministrativeAction,
        Refusal::RateExceeded => ReasonCode::MessageRateTooHigh,
        Refusal::BadTopic => ReasonCode::TopicNameInvalid,
        Refusal::BadFilter => ReasonCode::TopicFilterInvalid,
        Refusal::BadPayload => ReasonCode::PayloadFormatInvalid,
        Refusal::QuotaExceeded => ReasonCode::QuotaExceeded,
        Refusal::Busy => ReasonCode::ServerBusy,
        Refusal::Implementation => ReasonCode::ImplementationSpecificError,
        _ => ReasonCode::UnspecifiedError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_codes_of_3_x() {
        let table = [
            (Refusal::BadClientId, 2),
            (Refusal::Unavailable, 3),
            (Refusal::Busy, 3),
            (Refusal::BadCredentials, 4),
            (Refusal::NotAuthorized, 5),
            (Refusal::Banned, 5),
            (Refusal::RateExceeded, 3),
        ];
        for (refusal, code) in table {
            assert_eq!(of_connect(refusal).to_v3(), code, "{refusal:?}");
        }
    }

    #[test]
    fn every_code_may_stand_where_it_is_sent() {
        let refusals = [
            Refusal::BadCredentials,
            Refusal::NotAuthorized,
            Refusal::BadMethod,
            Refusal::TakenOver,
            Refusal::Banned,
            Refusal::BadClientId,
            Refusal::BadTopic,
            Refusal::BadFilter,
            Refusal::BadPayload,
            Refusal::QuotaExceeded,
            Refusal::RateExceeded,
            Refusal::Unavailable,
            Refusal::Busy,
            Refusal::NotFound,
            Refusal::NoSession,
            Refusal::Implementation,
        ];
        let publish = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
        let filter = [0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
        let disconnect =
            [0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x96, 0x97, 0x98, 0x99];
        for refusal in refusals {
            assert!(of_connect(refusal).is_error(), "{refusal:?}");
            assert!(publish.contains(&of_publish(refusal).code()), "{refusal:?}");
            assert!(filter.contains(&of_filter(refusal).code()), "{refusal:?}");
            assert!(disconnect.contains(&of_disconnect(refusal).code()), "{refusal:?}");
        }
    }
}
