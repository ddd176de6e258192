"""A real Keystone on the loopback interface, run by the Python of its own environment: FOLDER is its home.

Its libraries do not get on with ours, so it is no part of ours; nothing of this project is imported here. One
process makes its database, its keys and its administrator, and serves: the program is slow to load.
"""

import os
import socket
import sys
from importlib import import_module
from pathlib import Path

PASSWORD = "secret of the administrator"
CONFIG = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credentials
[cache]
enabled = false
[identity]
password_hash_rounds = 4
"""


def serve(folder: Path) -> None:
    """Serve until the process is ended; the address is written into a file when it is known."""
    config = folder / "keystone.conf"
    config.write_text(CONFIG.format(folder=folder))
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        set_up(config, f"http://127.0.0.1:{port}/v3")
        application = import_module("keystone.server.wsgi").initialize_public_application()
        server = import_module("werkzeug.serving").make_server(
            "127.0.0.1", port, application, threaded=True, fd=listener.fileno()
        )
        (folder / "address.part").write_text(f"http://127.0.0.1:{port}")
        (folder / "address.part").rename(folder / "address")
        server.serve_forever()


def set_up(config: Path, url: str) -> None:
    """What an operator does before the first start."""
    cli = import_module("keystone.cmd.cli")
    asked = (
        ["db_sync"],
        ["fernet_setup", "--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())],
        ["bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-public-url", url],
    )
    for command in asked:
        # Each in a process of its own, for a command leaves its options behind; forked, for it loads slowly.
        if child := os.fork():
            if os.waitpid(child, 0)[1]:
                sys.exit(f"keystone-manage {command[0]} failed")
            continue
        cli.main(["keystone-manage", "--config-file", str(config), *command])
        os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv.pop()))  # Keystone reads the arguments too
