"""The metadata that the API tells: global describe, object describe."""

from __future__ import annotations

from typing import Any

from simulators.salesforce.org import Org
from simulators.salesforce.schema import NUMBERS, Field, ObjectType

SOAP = {
    "boolean": "xsd:boolean", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double", "int": "xsd:int",
    "id": "tns:ID", "reference": "tns:ID", "address": "urn:address",
}  # fmt: skip


def field(one: Field, *, everything: bool) -> dict[str, Any]:
    """A field as describe tells it to a user; `everything`: an administrator."""
    long_text = one.long_text
    default: Any = one.default
    if one.type == "boolean":
        default = one.default == "true"
    elif one.options:
        default = None
    return {
        "aggregatable": not long_text and one.type != "address",
        "aiPredictionField": False,
        "autoNumber": one.auto_number,
        "byteLength": one.length if one.type in ("id", "reference") else one.length * 3,
        "calculated": one.calculated,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": one.case_sensitive,
        "compoundFieldName": one.compound,
        "controllerName": None,
        "createable": one.may("create", everything=everything),
        "custom": one.custom,
        "defaultValue": default,
        "defaultValueFormula": None,
        "defaultedOnCreate": one.defaulted or one.type == "boolean",
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": one.digits,
        "displayLocationInDecimal": False,
        "encrypted": one.type == "encryptedstring",
        "externalId": one.external_id,
        "extraTypeInfo": ("plaintextarea" if one.type == "textarea" else None),
        "filterable": not long_text,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": one.type not in NUMBERS | {"datetime", "address"} and not long_text,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": one.id_lookup or one.external_id,
        "inlineHelpText": one.help,
        "label": one.label,
        "length": one.length,
        "mask": None,
        "maskType": None,
        "name": one.name,
        "nameField": one.name_field,
        "namePointing": len(one.reference_to) > 1,
        "nillable": one.nillable and one.type != "boolean",
        "permissionable": one.permissionable,
        "picklistValues": [
            {
                "active": option.active,
                "defaultValue": option.default,
                "label": option.label,
                "validFor": None,
                "value": option.value,
            }
            for option in one.options
        ],
        "polymorphicForeignKey": len(one.reference_to) > 1,
        "precision": one.precision,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(one.reference_to),
        "relationshipName": one.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": one.restricted,
        "scale": one.scale,
        "searchPrefilterable": False,
        "soapType": SOAP.get(one.type, "xsd:string"),
        "sortable": not long_text and one.type != "address",
        "type": one.type,
        "unique": one.unique,
        "updateable": one.may("update", everything=everything),
        "writeRequiresMasterRead": False,
    }


def summary(one: ObjectType, base: str, *, everything: bool) -> dict[str, Any]:
    """An object as the list of all objects tells it. `base`: path of the API version."""
    rights = (
        {"create": True, "edit": True, "delete": True, "read": True} if everything else one.rights
    )
    system = one.name in ("RecordType",)
    path = f"{base}/sobjects/{one.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": rights["create"] and not system,
        "custom": one.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": rights["delete"] and one.name not in ("User", "RecordType"),
        "deprecatedAndHidden": False,
        "feedEnabled": one.name in ("Account", "Contact", "Lead", "Opportunity", "Task", "User"),
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": one.key_prefix,
        "label": one.label,
        "labelPlural": one.label_plural,
        "layoutable": True,
        "mergeable": one.name in ("Account", "Contact", "Lead"),
        "mruEnabled": True,
        "name": one.name,
        "queryable": rights["read"],
        "replicateable": True,
        "retrieveable": rights["read"],
        "searchable": True,
        "triggerable": True,
        "undeletable": one.name not in ("User", "RecordType"),
        "updateable": rights["edit"] and not system,
        "urls": {
            "rowTemplate": path + "/{ID}",
            "describe": path + "/describe",
            "sobject": path,
        },
    }


def may_see(one: ObjectType, *, everything: bool) -> bool:
    return everything or one.rights["read"]


def global_describe(org: Org, base: str, *, everything: bool) -> dict[str, Any]:
    """All objects that the user may see."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [
            summary(one, base, everything=everything)
            for one in org.objects()
            if may_see(one, everything=everything)
        ],
    }


def describe(one: ObjectType, base: str, *, everything: bool) -> dict[str, Any]:
    """One object with all fields that the user may see."""
    path = f"{base}/sobjects/{one.name}"
    return {
        "actionOverrides": [],
        "childRelationships": [],
        "compactLayoutable": True,
        "fields": [
            field(item, everything=everything)
            for item in one.fields.values()
            if item.visible(everything=everything)
        ],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": "012000000000000AAA",
                "urls": {"layout": path + "/describe/layouts/012000000000000AAA"},
            }
        ],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {one.label_plural.lower()}", "name": "everything"}],
        **summary(one, base, everything=everything),
    }
