"""The classifier's parts: pure, without models and without settings.

`envelope` opens what a vendor sent (JSON inside a message, broken JSON, HTML) into findings;
`salesforce`, `hubspot` and `engine` judge one finding each; `errors.classifier` joins them.
"""
