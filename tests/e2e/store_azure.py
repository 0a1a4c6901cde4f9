"""Azurite, the emulator of Azure's storage, started for a test on loopback with a folder of its own."""

import base64
import os

import stand_in

ACCOUNT = "testaccount"
KEY = base64.b64encode(b"a key of the tests, 32 bytes long").decode()


class Azurite(stand_in.StandIn):
    """A running account: `endpoint`, its URL; with `https` also open to identities of Entra ID."""

    def __init__(self, folder, https=False):
        program = stand_in.program("azurite-blob")
        port = stand_in.free_port()
        self.endpoint = f"{'https' if https else 'http'}://127.0.0.1:{port}/{ACCOUNT}"
        self.certificate = ""
        command = [program, "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobHost", "127.0.0.1"]
        command += ["--blobPort", str(port), "--location", folder / "data"]
        if https:
            self.certificate, key = stand_in.make_certificate(folder)
            command += ["--oauth", "basic", "--cert", self.certificate, "--key", key]
        environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
        super().__init__("azurite", command, port, folder, environment)

    def variables(self):
        """What the live test needs to use the account."""
        return {
            "SLUICE_AZURE_ENDPOINT": self.endpoint,
            "SLUICE_AZURE_ACCOUNT": ACCOUNT,
            "SLUICE_AZURE_KEY": KEY,
            "SLUICE_AZURE_CA": str(self.certificate),
        }
