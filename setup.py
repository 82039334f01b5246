"""What pyproject.toml cannot say: the scenarios at the top level are a part of the installed package."""

from setuptools import find_namespace_packages, setup

SHIPPED = "spinn2sim.shipped_scenarios"  # found by spinn2sim/scenario/shipped.py

setup(
    packages=[*find_namespace_packages(include=["spinn2sim*", "firmware_models*"]), SHIPPED],
    package_dir={SHIPPED: "scenarios"},
)
