"""A bucket as boto3 sees it: makes it, or prints key, size and SHA-256 of each object in it.

Arguments: `create` or `show`, the address of the server, and the bucket.
"""

import hashlib
import sys

import boto3
import requests


def main():
    command, endpoint, bucket = sys.argv[1:]
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="salon-key",
        aws_secret_access_key="salon-secret",
    )
    if command == "create":
        s3.create_bucket(Bucket=bucket)
        return
    for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        key = found["Key"]
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert len(body) == found["Size"], found
        print(key, len(body), hashlib.sha256(body).hexdigest())
        unsigned = requests.get(f"{endpoint}/{bucket}/{key}")
        assert unsigned.status_code == 403, unsigned.status_code


main()
