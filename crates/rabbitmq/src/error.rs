//! What can go wrong with a RabbitMQ server, told by what can be done about it.

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use millstream_engine::EngineError;

use crate::ServerOptions;
use crate::frame_guard::Violation;

/// Why RabbitMQ did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RabbitError {
    /// Wrong user or password. Give others.
    #[error(
        "RabbitMQ at {server} refuses the login of user '{user}': check the options user and password ({said})"
    )]
    Login {
        /// `HOST:PORT`.
        server: String,
        /// The user.
        user: String,
        /// What the server says.
        said: String,
    },
    /// No such virtual host, or no right to it. Give another.
    #[error(
        "RabbitMQ at {server} does not let user '{user}' into the virtual host '{virtual_host}': check the option \
         virtualHost, and the user's permissions on it ({said})"
    )]
    VirtualHost {
        /// `HOST:PORT`.
        server: String,
        /// The user.
        user: String,
        /// The virtual host.
        virtual_host: String,
        /// What the server says.
        said: String,
    },
    /// Nobody answers. It may do so later.
    #[error(
        "no RabbitMQ server answers at {server}: {reason}; start one, or check the options host and port"
    )]
    Unreachable {
        /// `HOST:PORT`.
        server: String,
        /// The system's reason.
        reason: String,
    },
    /// The connection or the channel ended. Open it again.
    #[error("RabbitMQ at {server} closed the channel: {reason}")]
    Closed {
        /// `HOST:PORT`.
        server: String,
        /// What the server or the system says.
        reason: String,
    },
    /// The server refuses for good: no such queue or exchange, no right to it, somebody else has it alone.
    #[error("{what}: RabbitMQ at {server} refuses: {said}")]
    Refused {
        /// What was asked for: `queue 'jobs'`.
        what: String,
        /// `HOST:PORT`.
        server: String,
        /// What the server says.
        said: String,
    },
    /// What came is more or deeper than is taken here, or no AMQP. The message or the option has to change.
    #[error("{what} of RabbitMQ at {server}: {violation}")]
    TooMuch {
        /// What was read: `queue 'jobs'`.
        what: String,
        /// `HOST:PORT`.
        server: String,
        /// The limit that was hit.
        violation: Violation,
    },
    /// A message that no queue takes, or that the server did not take over.
    #[error("RabbitMQ at {server} did not take a message: {reason}")]
    NotTaken {
        /// `HOST:PORT`.
        server: String,
        /// Why.
        reason: String,
    },
    /// The messages or the offsets are not what they should be; the text says what to do.
    #[error("{0}")]
    Unfit(String),
}

impl RabbitError {
    /// Can the same thing succeed later, on a new connection?
    pub fn is_retriable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Closed { .. })
    }

    /// Reads an error of the library in the light of what was being done (`queue 'jobs'`).
    pub(crate) fn of(server: &ServerOptions, what: &str, error: &lapin::Error) -> Self {
        let (address, reason) = (server.address(), error.to_string());
        match error.kind() {
            lapin::ErrorKind::ProtocolError(said) => Self::said(server, what, said),
            lapin::ErrorKind::IOError(io) => {
                match io.get_ref().and_then(|inner| inner.downcast_ref::<Violation>()) {
                    Some(violation) => {
                        Self::TooMuch { what: what.to_owned(), server: address, violation: violation.clone() }
                    }
                    None if io.kind() == std::io::ErrorKind::ConnectionAborted => {
                        Self::Closed { server: address, reason: "the connection ended".to_owned() }
                    }
                    None => Self::Unreachable { server: address, reason: io.to_string() },
                }
            }
            lapin::ErrorKind::InvalidProtocolVersion(_) | lapin::ErrorKind::ParsingError(_) => {
                Self::TooMuch { what: what.to_owned(), server: address, violation: Violation::NoAmqp }
            }
            _ => Self::Closed { server: address, reason },
        }
    }

    /// Reads the error that ended a consumer. The server closes a channel whose acknowledgements are late with the
    /// code that otherwise means a wrong request.
    pub(crate) fn ended(server: &ServerOptions, what: &str, error: &lapin::Error) -> Self {
        match error.kind() {
            lapin::ErrorKind::ProtocolError(said)
                if matches!(said.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)) =>
            {
                Self::Closed { server: server.address(), reason: said.get_message().to_string() }
            }
            _ => Self::of(server, what, error),
        }
    }

    fn said(server: &ServerOptions, what: &str, error: &lapin::protocol::AMQPError) -> Self {
        let (address, user) = (server.address(), server.user.clone());
        let said = error.get_message().to_string();
        match error.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) if what == LOGIN => {
                Self::Login { server: address, user, said }
            }
            AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) if what == LOGIN => {
                Self::VirtualHost { server: address, user, virtual_host: server.virtual_host.clone(), said }
            }
            // A node that shuts down, or a person who closes the connection.
            AMQPErrorKind::Hard(AMQPHardError::CONNECTIONFORCED | AMQPHardError::INTERNALERROR) => {
                Self::Closed { server: address, reason: said }
            }
            _ => Self::Refused { what: what.to_owned(), server: address, said },
        }
    }
}

/// What is being done while a connection is opened.
pub(crate) const LOGIN: &str = "the login";

impl From<RabbitError> for EngineError {
    fn from(error: RabbitError) -> Self {
        Self::execution(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::protocol::AMQPError;

    #[test]
    fn what_the_server_says_decides_what_is_done() {
        let server = ServerOptions::default();
        let of = |what: &str, kind: AMQPErrorKind| {
            let error = lapin::ErrorKind::ProtocolError(AMQPError::new(kind, "SAID".into())).into();
            RabbitError::of(&server, what, &error)
        };
        let refused = of(LOGIN, AMQPSoftError::ACCESSREFUSED.into());
        assert!(matches!(&refused, RabbitError::Login { user, .. } if user == "guest"), "{refused:?}");
        assert!(matches!(of(LOGIN, AMQPHardError::NOTALLOWED.into()), RabbitError::VirtualHost { .. }));
        let missing = of("queue 'jobs'", AMQPSoftError::NOTFOUND.into());
        assert_eq!(missing.to_string(), "queue 'jobs': RabbitMQ at localhost:5672 refuses: SAID");
        assert!(!missing.is_retriable());
        assert!(!of("queue 'jobs'", AMQPSoftError::PRECONDITIONFAILED.into()).is_retriable());
        let late = AMQPError::new(AMQPSoftError::PRECONDITIONFAILED.into(), "timed out".into());
        let late = lapin::ErrorKind::ProtocolError(late).into();
        assert!(RabbitError::ended(&server, "queue 'jobs'", &late).is_retriable());
        assert!(of("queue 'jobs'", AMQPHardError::CONNECTIONFORCED.into()).is_retriable());
        assert!(!of("queue 'jobs'", AMQPSoftError::ACCESSREFUSED.into()).is_retriable());
    }

    #[test]
    fn a_limit_is_recognised_behind_the_librarys_error() {
        let io = std::io::Error::other(Violation::MessageTooLong { bytes: 9, most: 8 });
        let error = RabbitError::of(&ServerOptions::default(), "queue 'jobs'", &lapin::Error::from(io));
        assert!(matches!(error, RabbitError::TooMuch { .. }), "{error:?}");
        assert!(!error.is_retriable());
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(
            RabbitError::of(&ServerOptions::default(), LOGIN, &lapin::Error::from(refused)).is_retriable()
        );
    }
}
