/// The client.
