"""Cloud Backup and Recovery that a team runs itself: CBR on the wire, restic in the vault."""
