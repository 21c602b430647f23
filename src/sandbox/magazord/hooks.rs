//! The platform's webhooks: whom they are sent to is set in the panel, and what they tell depends on the topic.

use serde_json::{Value, json};

use super::{
    Magazord, order_detail,
    sale::Sale,
    switches::{HookBody, HookTopic},
    wire,
};

/// The situation of an order that was approved.
const APPROVED: &str = "4";

impl Magazord {
    /// What happened since it was last asked for.
    pub(super) fn events(&mut self) -> Vec<Value> {
        let (world, switches) = (&self.world, self.switches);
        let bodies = self.noticed.news(world).into_iter().filter_map(|index| {
            let order = world.orders.get(index)?;
            let is_told = match switches.hook_topic {
                HookTopic::EveryChange => true,
                HookTopic::Creation => order.timeline.len() == 1,
                HookTopic::Approval => order.timeline.len() == 1 || order.status() == APPROVED,
            };
            is_told.then(|| match switches.hook_body {
                HookBody::Detail => Value::Object(order_detail::fields(Sale { world, order, switches })),
                HookBody::Thin => json!({
                    "resourceId": order.number, "resourceType": "pedido", "eventDate": wire::iso_time(world.now),
                }),
            })
        });
        switches.hook_delivery.sent(bodies.collect())
    }
}
