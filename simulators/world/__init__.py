"""The demo's world: a maker of laboratory instruments that sells in eight countries, the same for a seed.

`seed(store, …)` fills both simulators. What fails in it is planted in their metadata and data (`causes`), never in
the product's tables.
"""
