"""What workers do: queues, leases, dispatch and recovery; the only home of DBOS."""
