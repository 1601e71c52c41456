/// Messages of types that are known only at run time, from descriptors: JSON to bytes and back.
