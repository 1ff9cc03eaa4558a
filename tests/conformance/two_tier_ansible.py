"""The two-tier set-up through Ansible's amazon.aws: made, said again without any change, changed, taken down."""

import os
import pathlib
import subprocess
import sys

import boto3

HERE = pathlib.Path(__file__).parent
PROGRAMS = pathlib.Path(sys.executable).parent


def play(book, *arguments):
    """Runs a playbook; the tasks that changed something, by name."""
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(PROGRAMS.parent),
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": os.environ["HEARTH_SCRATCH"],
        "ANSIBLE_REMOTE_TEMP": os.environ["HEARTH_SCRATCH"],
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "LC_ALL": "C.UTF-8",
    }
    command = [PROGRAMS / "ansible-playbook", "--inventory", "localhost,", HERE / book, *arguments]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    parts = done.stdout.split("TASK [")[1:]
    return [part.split("]")[0] for part in parts if "changed: [localhost]" in part]


def main():
    ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
    before = ec2.describe_vpcs()["Vpcs"]
    made = play("two_tier_ansible.yml")
    assert len(made) == 12, made
    again = play("two_tier_ansible.yml")
    assert again == [], f"the second run changed {again}"
    changed = play("two_tier_ansible.yml", "--extra-vars", "size=3")
    assert changed == ["Fleet", "Name"], changed
    [group] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DesiredCapacity"] == 3 and group["Tags"][0]["Key"] == "tier", group
    play("take_down_ansible.yml")
    assert ec2.describe_vpcs()["Vpcs"] == before
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


main()
print("ok")
