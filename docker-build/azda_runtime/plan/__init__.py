"""A pipeline's settings as elements, properties and links: plain data, to be reviewed before anything runs."""

from azda_runtime.plan.planning import Planning, plan
from azda_runtime.plan.platform import Platform
from azda_runtime.plan.values import Element, Link, Plan, Probe, ProbeRole, Secret

__all__ = ["Element", "Link", "Plan", "Planning", "Platform", "Probe", "ProbeRole", "Secret", "plan"]
