# SPDX-License-Identifier: Apache-2.0
"""What the scripts that write pages of this folder share."""
import itertools


def write_or_check(page, text, check):
    """Writes the page; with `check` says instead where it differs. Returns the exit status."""
    if not check:
        page.write_text(text)
        return 0
    old = page.read_text().splitlines() if page.exists() else []
    for number, (is_now, should_be) in enumerate(itertools.zip_longest(old, text.splitlines()), 1):
        if is_now != should_be:
            print(f"docs/{page.name}:{number}: out of date, should be: {should_be}\nrun docs/{page.stem}.py")
            return 1
    return 0
