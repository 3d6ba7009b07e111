//! Reason codes of MQTT 5 (section 2.4) and what they mean in 3.x.

/// Makes the enum, its numbers, its names and its list from one table.
macro_rules! reason_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// A reason code of MQTT 5. 3.x return codes are said with the same codes; see
        /// [`ReasonCode::to_v3`] and [`ReasonCode::from_v3`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ReasonCode {
            $($(#[$doc])* $name = $code,)*
        }

        impl ReasonCode {
            /// Every reason code, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code with this number, if the protocol knows one.
            #[must_use]
            #[inline]
            pub const fn new(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The name in the words of the field, for logs and metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reason_codes! {
    /// Success; normal disconnection; granted QoS 0.
    Success = 0x00, "success";
    /// Granted QoS 1.
    GrantedQos1 = 0x01, "granted QoS 1";
    /// Granted QoS 2.
    GrantedQos2 = 0x02, "granted QoS 2";
    /// The client leaves and wants its will published.
    DisconnectWithWill = 0x04, "disconnect with will message";
    /// Accepted, but nobody subscribes. Sent by servers only.
    NoMatchingSubscribers = 0x10, "no matching subscribers";
    /// There was no such subscription to remove.
    NoSubscriptionExisted = 0x11, "no subscription existed";
    /// Another step of authentication follows.
    ContinueAuthentication = 0x18, "continue authentication";
    /// The client starts to authenticate again.
    ReAuthenticate = 0x19, "re-authenticate";
    /// No other code fits, or the reason is not told.
    UnspecifiedError = 0x80, "unspecified error";
    /// The bytes do not make a packet.
    MalformedPacket = 0x81, "malformed packet";
    /// The packet is well formed and not allowed.
    ProtocolError = 0x82, "protocol error";
    /// Valid, and this implementation does not take it.
    ImplementationSpecificError = 0x83, "implementation specific error";
    /// 3.x return code 1.
    UnsupportedProtocolVersion = 0x84, "unsupported protocol version";
    /// 3.x return code 2.
    ClientIdentifierNotValid = 0x85, "client identifier not valid";
    /// 3.x return code 4.
    BadUserNameOrPassword = 0x86, "bad user name or password";
    /// 3.x return code 5.
    NotAuthorized = 0x87, "not authorized";
    /// 3.x return code 3.
    ServerUnavailable = 0x88, "server unavailable";
    /// Try again later.
    ServerBusy = 0x89, "server busy";
    /// Barred by an operator.
    Banned = 0x8A, "banned";
    /// The server is going down.
    ServerShuttingDown = 0x8B, "server shutting down";
    /// The authentication method is unknown, or not the one in use.
    BadAuthenticationMethod = 0x8C, "bad authentication method";
    /// Nothing was heard for one and a half times the keep alive.
    KeepAliveTimeout = 0x8D, "keep alive timeout";
    /// Another connection uses the same client identifier.
    SessionTakenOver = 0x8E, "session taken over";
    /// The filter is well formed and not accepted.
    TopicFilterInvalid = 0x8F, "topic filter invalid";
    /// The name is well formed and not accepted.
    TopicNameInvalid = 0x90, "topic name invalid";
    /// The packet identifier is in use.
    PacketIdentifierInUse = 0x91, "packet identifier in use";
    /// The packet identifier is not known.
    PacketIdentifierNotFound = 0x92, "packet identifier not found";
    /// More unacknowledged messages than the receive maximum.
    ReceiveMaximumExceeded = 0x93, "receive maximum exceeded";
    /// The topic alias is 0, too high or unknown.
    TopicAliasInvalid = 0x94, "topic alias invalid";
    /// Longer than the maximum packet size.
    PacketTooLarge = 0x95, "packet too large";
    /// Too many messages in too little time.
    MessageRateTooHigh = 0x96, "message rate too high";
    /// A limit of the implementation or the operator is reached.
    QuotaExceeded = 0x97, "quota exceeded";
    /// Closed by an operator.
    AdministrativeAction = 0x98, "administrative action";
    /// The payload is not what the payload format says.
    PayloadFormatInvalid = 0x99, "payload format invalid";
    /// Retained messages are not supported.
    RetainNotSupported = 0x9A, "retain not supported";
    /// Above the maximum QoS.
    QosNotSupported = 0x9B, "QoS not supported";
    /// Use another server for now.
    UseAnotherServer = 0x9C, "use another server";
    /// Use another server from now on.
    ServerMoved = 0x9D, "server moved";
    /// Shared subscriptions are not supported.
    SharedSubscriptionsNotSupported = 0x9E, "shared subscriptions not supported";
    /// Too many connections in too little time.
    ConnectionRateExceeded = 0x9F, "connection rate exceeded";
    /// This connection may not last longer.
    MaximumConnectTime = 0xA0, "maximum connect time";
    /// Subscription identifiers are not supported.
    SubscriptionIdentifiersNotSupported = 0xA1, "subscription identifiers not supported";
    /// Wildcard subscriptions are not supported.
    WildcardSubscriptionsNotSupported = 0xA2, "wildcard subscriptions not supported";
}

impl ReasonCode {
    /// The number on the wire.
    #[must_use]
    #[inline]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether the code says that something failed (0x80 and above).
    #[must_use]
    #[inline]
    pub const fn is_error(self) -> bool {
        self.code() >= 0x80
    }

    /// What a 3.x CONNACK return code (0 to 5) means in MQTT 5.
    #[must_use]
    pub const fn from_v3(return_code: u8) -> Option<Self> {
        match return_code {
            0 => Some(Self::Success),
            1 => Some(Self::UnsupportedProtocolVersion),
            2 => Some(Self::ClientIdentifierNotValid),
            3 => Some(Self::ServerUnavailable),
            4 => Some(Self::BadUserNameOrPassword),
            5 => Some(Self::NotAuthorized),
            _ => None,
        }
    }

    /// The 3.x CONNACK return code nearest to this code: what is about credentials or permission is 4 or 5,
    /// what else fails is 3, "server unavailable".
    #[must_use]
    pub const fn to_v3(self) -> u8 {
        match self {
            code if !code.is_error() => 0,
            Self::UnsupportedProtocolVersion => 1,
            Self::ClientIdentifierNotValid => 2,
            Self::BadUserNameOrPassword => 4,
            Self::NotAuthorized | Self::Banned | Self::BadAuthenticationMethod => 5,
            _ => 3,
        }
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
