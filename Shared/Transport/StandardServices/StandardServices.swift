/// The services that every gRPC client expects of a server: health and reflection.
