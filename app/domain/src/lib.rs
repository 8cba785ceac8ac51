//! Pure rules of village needs, orders, roles and feeds.
