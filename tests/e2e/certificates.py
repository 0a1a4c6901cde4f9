"""A certificate authority for tests, made with openssl."""

import dataclasses
import pathlib
import subprocess


@dataclasses.dataclass
class Pair:
    chain: pathlib.Path
    key: pathlib.Path


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self._folder = pathlib.Path(folder)
        self.certificate = self._folder / f"{name}.crt"
        self._key = self._folder / f"{name}.key"
        _openssl(
            *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split(),
            f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign",
            "-out", self.certificate, "-keyout", self._key,
        )

    def issue(self, name, days=2):
        """For localhost and 127.0.0.1, or for a client of that name."""
        chain, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        request, names = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        _openssl(
            *"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj".split(),
            f"/CN={name}", "-out", request, "-keyout", key,
        )
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
            "-CAcreateserial", "-days", days, "-extfile", names, "-out", chain,
        )
        return Pair(chain, key)
