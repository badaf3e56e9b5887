//! Messages out, each confirmed by the server before it counts.

use std::collections::VecDeque;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ExchangeKind, PublisherConfirm};

use crate::connection::{Patience, answer, connect, ready_messages};
use crate::headers::short;
use crate::{RabbitError, ServerOptions, WriterOptions};

/// Messages that may be on their way without being confirmed.
const ON_THE_WAY: usize = 1024;
/// AMQP's delivery mode of a message that survives a restart of the server, if its queue does.
pub(crate) const PERSISTENT: u8 = 2;

/// A message to publish.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) routing_key: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) properties: BasicProperties,
}

/// Publishes to one exchange. Connects when it first has something to publish, and again when it lost the server.
#[derive(Debug)]
pub(crate) struct Publisher {
    options: WriterOptions,
    open: Option<(Connection, Channel)>,
    was_open: bool,
}

impl Publisher {
    pub(crate) fn new(options: WriterOptions) -> Self {
        Self { options, open: None, was_open: false }
    }

    /// Publishes `count` messages, in their order; returns when the server has confirmed all. If it goes away, those that
    /// it did not confirm are published again: they may then be there twice.
    pub(crate) async fn publish<'a>(
        &mut self,
        count: usize,
        message: impl Fn(usize) -> Result<Outgoing<'a>, RabbitError>,
    ) -> Result<(), RabbitError> {
        let mut confirmed = 0;
        while confirmed < count {
            let channel = self.channel().await?;
            match self.publish_from(&channel, &mut confirmed, count, &message).await {
                Ok(()) => {}
                Err(error) if error.is_retriable() => self.open_again(&error).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Connects, if it is not connected.
    pub(crate) async fn channel(&mut self) -> Result<Channel, RabbitError> {
        if let Some((_, channel)) = &self.open {
            if channel.status().connected() {
                return Ok(channel.clone());
            }
            let reason = "the connection ended while there was nothing to write".to_owned();
            let lost = RabbitError::Closed { server: self.options.server.address(), reason };
            self.open_again(&lost).await?;
        }
        let (connection, channel) = match self.open.take() {
            Some(open) => open,
            None => open(&self.options).await?,
        };
        self.was_open = true;
        self.open = Some((connection, channel.clone()));
        Ok(channel)
    }

    /// A server that was there is waited for; one that never was is an error.
    async fn open_again(&mut self, lost: &RabbitError) -> Result<(), RabbitError> {
        self.open = None;
        if !self.was_open {
            return Err(lost.clone());
        }
        let mut patience = Patience::new(&self.options.server, lost);
        loop {
            match open(&self.options).await {
                Ok(opened) => {
                    patience.rewarded();
                    self.open = Some(opened);
                    return Ok(());
                }
                Err(error) => patience.after(error).await?,
            }
        }
    }

    async fn publish_from<'a>(
        &self,
        channel: &Channel,
        confirmed: &mut usize,
        count: usize,
        message: &impl Fn(usize) -> Result<Outgoing<'a>, RabbitError>,
    ) -> Result<(), RabbitError> {
        let mut on_the_way = VecDeque::with_capacity(ON_THE_WAY.min(count));
        for index in *confirmed..count {
            if on_the_way.len() == ON_THE_WAY {
                self.settle(&mut on_the_way, confirmed).await?;
            }
            on_the_way.push_back(self.send(channel, message(index)?).await?);
        }
        while !on_the_way.is_empty() {
            self.settle(&mut on_the_way, confirmed).await?;
        }
        Ok(())
    }

    async fn send(&self, channel: &Channel, message: Outgoing<'_>) -> Result<PublisherConfirm, RabbitError> {
        let server = &self.options.server;
        let most = server.max_message_bytes;
        if u64::try_from(message.body.len()).is_ok_and(|bytes| bytes > most) {
            return Err(RabbitError::Unfit(format!(
                "a message of {} bytes, but option maxMessageBytes allows {most}",
                message.body.len()
            )));
        }
        let exchange = short(&self.options.exchange, "an exchange's name").map_err(RabbitError::Unfit)?;
        let key = short(message.routing_key, "a routing key").map_err(RabbitError::Unfit)?;
        let options =
            BasicPublishOptions { mandatory: self.options.mandatory, ..BasicPublishOptions::default() };
        let sent = channel.basic_publish(exchange, key, options, message.body, message.properties).await;
        sent.map_err(|error| RabbitError::of(server, &self.target(), &error))
    }

    /// Waits for the oldest confirmation.
    async fn settle(
        &self,
        on_the_way: &mut VecDeque<PublisherConfirm>,
        confirmed: &mut usize,
    ) -> Result<(), RabbitError> {
        let Some(oldest) = on_the_way.pop_front() else { return Ok(()) };
        let server = self.options.server.address();
        match oldest.await.map_err(|error| RabbitError::of(&self.options.server, &self.target(), &error))? {
            Confirmation::Ack(None) | Confirmation::NotRequested => {
                *confirmed += 1;
                Ok(())
            }
            Confirmation::Ack(Some(back)) | Confirmation::Nack(Some(back)) => Err(RabbitError::NotTaken {
                server,
                reason: format!(
                    "no queue takes it from {} with the routing key '{}'; bind one, or set option mandatory to false",
                    self.target(),
                    back.delivery.routing_key
                ),
            }),
            Confirmation::Nack(None) => Err(RabbitError::NotTaken {
                server,
                reason: format!("{} refuses it: it may be full", self.target()),
            }),
        }
    }

    /// What is published to, for messages.
    fn target(&self) -> String {
        match (&self.options.queue, self.options.exchange.as_str()) {
            (Some(queue), _) => format!("queue '{queue}'"),
            (None, "") => "the default exchange".to_owned(),
            (None, exchange) => format!("exchange '{exchange}'"),
        }
    }
}

/// Connects, checks that the queue or the exchange is there, and asks for confirmations.
async fn open(options: &WriterOptions) -> Result<(Connection, Channel), RabbitError> {
    let server = &options.server;
    let connection = connect(server).await?;
    let channel = answer(server, "a channel", connection.create_channel()).await?;
    if let Some(queue) = &options.queue {
        ready_messages(server, &channel, queue).await?;
    } else if !options.exchange.is_empty() {
        check_exchange(server, &channel, &options.exchange).await?;
    }
    let confirm = channel.confirm_select(ConfirmSelectOptions::default());
    answer(server, "publisher confirms", confirm).await?;
    Ok((connection, channel))
}

async fn check_exchange(server: &ServerOptions, channel: &Channel, name: &str) -> Result<(), RabbitError> {
    let passive = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    let exchange = short(name, "an exchange's name").map_err(RabbitError::Unfit)?;
    // The kind is not looked at when an exchange is only asked for.
    let declare = channel.exchange_declare(exchange, ExchangeKind::Direct, passive, FieldTable::default());
    answer(server, &format!("exchange '{name}'"), declare).await
}
