/// One ordered sequence of changes per service: written with the change, followed by consumers.
