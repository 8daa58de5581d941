"""The parts of statements about a visit's attributes. Each is made from the single list of attributes."""

from common.event import VISIT_ATTRIBUTES

ATTRIBUTES = {
    "attributes": ", ".join(VISIT_ATTRIBUTES),
    "attribute_types": ", ".join(f"{name} text" for name in VISIT_ATTRIBUTES),
    "attribute_parameters": ", ".join(f"json_array_elements_text(cast(:{name} as json))" for name in VISIT_ATTRIBUTES),
    "attribute_pairs": ", ".join(f"('{name}', {name})" for name in VISIT_ATTRIBUTES),
    "attributes_kept": ", ".join(f"kept.{name}" for name in VISIT_ATTRIBUTES),
    "attributes_fresh": ", ".join(f"fresh.{name}" for name in VISIT_ATTRIBUTES),
    "attributes_excluded": ", ".join(f"{name} = excluded.{name}" for name in VISIT_ATTRIBUTES),
}
"""What stands in a statement's slots."""
