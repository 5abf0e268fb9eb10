"""Milestones, ledger, disbursements."""
