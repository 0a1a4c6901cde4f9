"""Stores that speak S3, started for a test on loopback with a folder of their own."""

import os

import stand_in

ACCESS_KEY = "testkey0"
SECRET_KEY = "test-secret-0123456789"
BUCKET = "first-bucket"
OTHER_BUCKET = "other.bucket"


def aws_environment(home, **variables):
    """This process's environment without anything of AWS, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", **variables}


def own_environment(name, folder):
    own = {
        "minio": {
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": SECRET_KEY,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_DOMAIN": "localhost",
            "MINIO_CI_CD": "on",  # A folder of the system's own disk will do.
        },
        "versitygw": {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
    }
    return aws_environment(folder, **own[name])


class Store(stand_in.StandIn):
    """A running store: `endpoint`, and its two buckets, which are empty at first."""

    def __init__(self, name, folder, tls=False):
        program = stand_in.program(name)
        data = folder / "data"
        for bucket in (BUCKET, OTHER_BUCKET):
            (data / bucket).mkdir(parents=True)
        port = stand_in.free_port()
        self.certificate, key = stand_in.make_certificate(folder) if tls else (None, None)
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        address = f"127.0.0.1:{port}"
        if name == "minio":
            command = [program, "server", "--quiet", "--address", address, data]
        else:
            options = ["--port", address, "--keep-alive", "--quiet"]
            if tls:
                options += ["--cert", self.certificate, "--key", key]
            command = [program, *options, "posix", data]
        super().__init__(name, command, port, folder, own_environment(name, folder))

    def variables(self):
        """What a program needs to use the store."""
        more = {}
        if self.name == "minio":
            more["SLUICE_S3_STS"] = self.endpoint
            more["SLUICE_S3_VIRTUAL_ENDPOINT"] = f"http://localhost:{self.port}"
        if self.certificate:
            more["SLUICE_S3_CA_FILE"] = str(self.certificate)
        return {
            **more,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "SLUICE_S3_ENDPOINT": self.endpoint,
            "SLUICE_S3_BUCKET": BUCKET,
            "SLUICE_S3_OTHER_BUCKET": OTHER_BUCKET,
        }
