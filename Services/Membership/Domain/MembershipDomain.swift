/// The rules of membership: values in, values out.
