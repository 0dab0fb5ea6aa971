"""The whole service on one machine: broker, service, simulated body and robot agent under one parent."""
