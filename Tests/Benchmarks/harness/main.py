"""`bench compare`, `bench attack`, `bench check`: see `bench`."""

import sys

import unary
import servers
from report import table, targets_table


figures = unary.measure([servers.Nghttpd("nghttpd"), servers.H2O("h2o"), servers.Ours("Cabildo"),
                      servers.GRPCCpp("callback"), servers.GRPCCpp("async"),
                      servers.GRPCGo("grpc-go")], (4,32), 3, 1)
print(unary.part("Thin", figures, []).markdown())
