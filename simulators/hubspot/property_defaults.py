"""The properties a fresh account has, as a table: a subset of HubSpot's own, of every type and field type.

One line each: name | label | type | fieldType | group | flags | options.
Flags: r read-only value, c calculated, u unique, h hidden. Options: `value=Label` separated by commas.
"""

from __future__ import annotations

from typing import Any

_LIFECYCLE = (
    "subscriber=Subscriber,lead=Lead,marketingqualifiedlead=Marketing Qualified Lead,"
    "salesqualifiedlead=Sales Qualified Lead,opportunity=Opportunity,customer=Customer,"
    "evangelist=Evangelist,other=Other"
)
_LEAD_STATUS = (
    "NEW=New,OPEN=Open,IN_PROGRESS=In Progress,OPEN_DEAL=Open Deal,UNQUALIFIED=Unqualified,"
    "ATTEMPTED_TO_CONTACT=Attempted to Contact,CONNECTED=Connected,BAD_TIMING=Bad Timing"
)
_SOURCES = (
    "ORGANIC_SEARCH=Organic Search,PAID_SEARCH=Paid Search,EMAIL_MARKETING=Email Marketing,"
    "SOCIAL_MEDIA=Organic Social,REFERRALS=Referrals,OTHER_CAMPAIGNS=Other Campaigns,"
    "DIRECT_TRAFFIC=Direct Traffic,OFFLINE=Offline Sources,PAID_SOCIAL=Paid Social"
)
_INDUSTRY = (
    "ACCOUNTING=Accounting,AUTOMOTIVE=Automotive,BANKING=Banking,CHEMICALS=Chemicals,"
    "COMPUTER_SOFTWARE=Computer Software,CONSTRUCTION=Construction,FOOD_PRODUCTION=Food Production,"
    "HOSPITALITY=Hospitality,INFORMATION_TECHNOLOGY_AND_SERVICES=Information Technology and Services,"
    "INSURANCE=Insurance,LOGISTICS_AND_SUPPLY_CHAIN=Logistics and Supply Chain,MACHINERY=Machinery,"
    "MANAGEMENT_CONSULTING=Management Consulting,MARKETING_AND_ADVERTISING=Marketing and Advertising,"
    "MEDICAL_DEVICES=Medical Devices,PHARMACEUTICALS=Pharmaceuticals,PLASTICS=Plastics,"
    "RENEWABLES_ENVIRONMENT=Renewables & Environment,RETAIL=Retail,TELECOMMUNICATIONS=Telecommunications,"
    "TEXTILES=Textiles,TRANSPORTATION_TRUCKING_RAILROAD=Transportation/Trucking/Railroad,UTILITIES=Utilities"
)
_YES_NO = "true=Yes,false=No"

CONTACTS = f"""
email|Email|string|text|contactinformation|u|
firstname|First Name|string|text|contactinformation||
lastname|Last Name|string|text|contactinformation||
salutation|Salutation|string|text|contactinformation||
jobtitle|Job Title|string|text|contactinformation||
company|Company Name|string|text|contactinformation||
phone|Phone Number|string|phonenumber|contactinformation||
mobilephone|Mobile Phone Number|string|phonenumber|contactinformation||
fax|Fax Number|string|text|contactinformation||
website|Website URL|string|text|contactinformation||
address|Street Address|string|text|contactinformation||
city|City|string|text|contactinformation||
state|State/Region|string|text|contactinformation||
zip|Postal Code|string|text|contactinformation||
country|Country/Region|string|text|contactinformation||
industry|Industry|string|text|contactinformation||
annualrevenue|Annual Revenue|string|text|contactinformation||
numemployees|Number of Employees|enumeration|select|contactinformation||1-5=1-5,5-25=5-25,25-50=25-50,50-100=50-100,100-500=100-500,500-1000=500-1000,1000+=1000+
lifecyclestage|Lifecycle Stage|enumeration|radio|contactinformation||{_LIFECYCLE}
hs_lead_status|Lead Status|enumeration|radio|sales_properties||{_LEAD_STATUS}
hubspot_owner_id|Contact owner|enumeration|select|sales_properties||@owner
hubspot_owner_assigneddate|Owner assigned date|datetime|date|sales_properties|r|
hs_persona|Persona|enumeration|select|contactinformation||persona_1=Owner,persona_2=Buyer,persona_3=Engineer
hs_buying_role|Buying Role|enumeration|checkbox|sales_properties||BLOCKER=Blocker,BUDGET_HOLDER=Budget Holder,CHAMPION=Champion,DECISION_MAKER=Decision Maker,END_USER=End User,INFLUENCER=Influencer,OTHER=Other
hs_language|Preferred language|enumeration|select|contactinformation||en=English,pl=Polish,de=German,fr=French,es=Spanish,it=Italian
preferred_contact_method|Preferred contact method|enumeration|select|contactinformation||email=Email,phone=Phone,post=Post
date_of_birth|Date of birth|date|date|contactinformation||
message|Message|string|textarea|contactinformation||
notes_last_contacted|Last Contacted|datetime|date|sales_properties|r|
num_contacted_notes|Number of times contacted|number|number|sales_properties|r|
hubspotscore|HubSpot Score|number|number|contactinformation|rc|
hs_additional_emails|Additional email addresses|enumeration|checkbox|contactinformation|r|
hs_email_domain|Email Domain|string|text|contactinformation|rc|
hs_email_optout|Unsubscribed from all email|bool|booleancheckbox|emailinformation|r|{_YES_NO}
hs_marketable_status|Marketing contact status|bool|booleancheckbox|contactinformation|r|{_YES_NO}
hs_analytics_source|Original Traffic Source|enumeration|select|analyticsinformation|r|{_SOURCES}
hs_latest_source|Latest Traffic Source|enumeration|select|analyticsinformation|r|{_SOURCES}
hs_full_name_or_email|Full name or email|string|text|contactinformation|rch|
hs_is_contact|Is a contact|bool|booleancheckbox|contactinformation|rch|{_YES_NO}
hs_is_unworked|Contact unworked|bool|booleancheckbox|sales_properties|rc|{_YES_NO}
hs_all_contact_vids|All vids for a contact|enumeration|checkbox|contactinformation|rh|
hs_pipeline|Pipeline|enumeration|select|contactinformation|rh|contacts-lifecycle-pipeline=Lifecycle Stage Pipeline
associatedcompanyid|Primary Associated Company ID|number|number|contactinformation|r|
num_associated_deals|Number of Associated Deals|number|number|deal_information|rc|
first_deal_created_date|First Deal Created Date|datetime|date|deal_information|rc|
recent_deal_amount|Recent Deal Amount|number|number|deal_information|rc|
closedate|Close Date|datetime|date|contactinformation||
hs_timezone|Time Zone|enumeration|select|contactinformation||europe_slash_warsaw=UTC +01:00 Europe Warsaw,europe_slash_paris=UTC +01:00 Europe Paris,europe_slash_london=UTC +00:00 Europe London,us_slash_eastern=UTC -05:00 US Eastern
salesforcecontactid|Salesforce Contact ID|string|text|salesforceinformation||
salesforceleadid|Salesforce Lead ID|string|text|salesforceinformation||
salesforceaccountid|Salesforce Account ID|string|text|salesforceinformation||
salesforceownerid|Salesforce Owner ID|string|text|salesforceinformation||
salesforcelastsynctime|Last Salesforce Sync Time|datetime|date|salesforceinformation||
createdate|Create Date|datetime|date|contactinformation|r|
lastmodifieddate|Last Modified Date|datetime|date|contactinformation|r|
hs_object_id|Record ID|number|number|contactinformation|r|
"""

COMPANIES = f"""
name|Company name|string|text|companyinformation||
domain|Company Domain Name|string|text|companyinformation||
website|Website URL|string|text|companyinformation||
phone|Phone Number|string|text|companyinformation||
address|Street Address|string|text|companyinformation||
address2|Street Address 2|string|text|companyinformation||
city|City|string|text|companyinformation||
state|State/Region|string|text|companyinformation||
zip|Postal Code|string|text|companyinformation||
country|Country/Region|string|text|companyinformation||
industry|Industry|enumeration|select|companyinformation||{_INDUSTRY}
type|Type|enumeration|select|companyinformation||PROSPECT=Prospect,PARTNER=Partner,RESELLER=Reseller,VENDOR=Vendor,OTHER=Other
description|Description|string|textarea|companyinformation||
about_us|About Us|string|textarea|companyinformation||
numberofemployees|Number of Employees|number|number|companyinformation||
annualrevenue|Annual Revenue|number|number|companyinformation||
founded_year|Year Founded|string|text|companyinformation||
is_public|Is Public|bool|booleancheckbox|companyinformation||{_YES_NO}
timezone|Time Zone|string|text|companyinformation||
total_money_raised|Total Money Raised|string|text|companyinformation||
lifecyclestage|Lifecycle Stage|enumeration|radio|companyinformation||{_LIFECYCLE}
hs_lead_status|Lead Status|enumeration|radio|companyinformation||{_LEAD_STATUS}
hubspot_owner_id|Company owner|enumeration|select|companyinformation||@owner
hubspot_owner_assigneddate|Owner assigned date|datetime|date|companyinformation|r|
hs_target_account|Target Account|enumeration|select|target_account_information||tier_1=Tier 1,tier_2=Tier 2,tier_3=Tier 3
hs_ideal_customer_profile|Ideal Customer Profile Tier|enumeration|select|target_account_information||tier_1=Tier 1,tier_2=Tier 2,tier_3=Tier 3
hs_num_child_companies|Number of child companies|number|number|companyinformation|rc|
hs_parent_company_id|Parent Company|number|number|companyinformation|r|
hs_analytics_source|Original Traffic Source|enumeration|select|analyticsinformation|r|{_SOURCES}
linkedin_company_page|LinkedIn Company Page|string|text|socialmediainformation||
linkedinbio|LinkedIn Bio|string|text|socialmediainformation||
facebook_company_page|Facebook Company Page|string|text|socialmediainformation||
twitterhandle|Twitter Handle|string|text|socialmediainformation||
num_associated_contacts|Number of Associated Contacts|number|number|companyinformation|rc|
num_associated_deals|Number of Associated Deals|number|number|companyinformation|rc|
total_revenue|Total Revenue|number|number|companyinformation|rc|
closedate|Close Date|datetime|date|companyinformation||
notes_last_contacted|Last Contacted|datetime|date|companyinformation|r|
salesforceaccountid|Salesforce Account ID|string|text|salesforceinformation||
salesforcelastsynctime|Last Salesforce Sync Time|datetime|date|salesforceinformation||
createdate|Create Date|datetime|date|companyinformation|r|
hs_lastmodifieddate|Last Modified Date|datetime|date|companyinformation|r|
hs_object_id|Record ID|number|number|companyinformation|r|
"""

DEALS = f"""
dealname|Deal Name|string|text|dealinformation||
amount|Amount|number|number|dealinformation||
dealstage|Deal Stage|enumeration|radio|dealinformation||@stage
pipeline|Pipeline|enumeration|select|dealinformation||@pipeline
closedate|Close Date|datetime|date|dealinformation||
dealtype|Deal Type|enumeration|radio|dealinformation||newbusiness=New Business,existingbusiness=Existing Business
description|Deal Description|string|textarea|dealinformation||
hubspot_owner_id|Deal owner|enumeration|select|dealinformation||@owner
hubspot_owner_assigneddate|Owner assigned date|datetime|date|dealinformation|r|
hs_priority|Priority|enumeration|select|dealinformation||low=Low,medium=Medium,high=High
hs_next_step|Next step|string|text|dealinformation||
deal_currency_code|Currency|enumeration|select|dealinformation||EUR=Euro,PLN=Polish zloty,USD=US Dollar,GBP=British Pound
hs_forecast_amount|Forecast amount|number|number|dealinformation|rc|
hs_forecast_probability|Forecast probability|number|number|dealinformation||
hs_manual_forecast_category|Forecast category|enumeration|select|dealinformation||OMIT=Not forecasted,PIPELINE=Pipeline,BEST_CASE=Best case,COMMIT=Commit,CLOSED=Closed won
closed_lost_reason|Closed Lost Reason|string|textarea|dealinformation||
closed_won_reason|Closed Won Reason|string|textarea|dealinformation||
hs_is_closed|Is Deal Closed?|bool|booleancheckbox|dealinformation|rc|{_YES_NO}
hs_is_closed_won|Is Closed Won|bool|booleancheckbox|dealinformation|rc|{_YES_NO}
hs_deal_stage_probability|Deal probability|number|number|dealinformation|rc|
hs_projected_amount|Weighted amount|number|number|dealinformation|rc|
days_to_close|Days to close|number|number|dealinformation|rc|
hs_tcv|Total contract value|number|number|dealinformation||
hs_acv|Annual contract value|number|number|dealinformation||
hs_mrr|Monthly recurring revenue|number|number|dealinformation||
num_associated_contacts|Number of Associated Contacts|number|number|dealinformation|rc|
hs_analytics_source|Original Traffic Source|enumeration|select|dealinformation|r|{_SOURCES}
notes_last_contacted|Last Contacted|datetime|date|dealinformation|r|
hs_salesforceopportunityid|Salesforce Opportunity ID|string|text|salesforceinformation||
salesforcelastsynctime|Last Salesforce Sync Time|datetime|date|salesforceinformation||
createdate|Create Date|datetime|date|dealinformation|r|
hs_lastmodifieddate|Last Modified Date|datetime|date|dealinformation|r|
hs_object_id|Record ID|number|number|dealinformation|r|
"""

CUSTOM = """
hs_createdate|Object create date/time|datetime|date|{group}|r|
hs_lastmodifieddate|Object last modified date/time|datetime|date|{group}|r|
hs_object_id|Record ID|number|number|{group}|r|
hubspot_owner_id|Owner|enumeration|select|{group}||@owner
hs_created_by_user_id|Created by user ID|number|number|{group}|r|
"""

GROUPS = {
    "contactinformation": "Contact information",
    "sales_properties": "Sales properties",
    "emailinformation": "Email information",
    "analyticsinformation": "Web analytics history",
    "deal_information": "Deal information",
    "salesforceinformation": "Salesforce information",
    "companyinformation": "Company information",
    "target_account_information": "Target account information",
    "socialmediainformation": "Social media information",
    "dealinformation": "Deal information",
}


def definitions(table: str, created: str) -> list[dict[str, Any]]:
    """The definitions of a table above, in HubSpot's JSON, created at an ISO time.

    `@owner`, `@stage` and `@pipeline` mark options that other parts of the account decide; they are filled
    in when a property is read (see properties.py).
    """
    return [
        _definition(order, line, created) for order, line in enumerate(table.strip().splitlines())
    ]


def _definition(order: int, line: str, created: str) -> dict[str, Any]:
    name, label, kind, field_type, group, flags, options = line.split("|")
    source = options if options.startswith("@") else ""
    parsed = [] if source or not options else [each.split("=", 1) for each in options.split(",")]
    body: dict[str, Any] = {
        "updatedAt": created,
        "createdAt": created,
        "name": name,
        "label": label,
        "type": kind,
        "fieldType": field_type,
        "description": "",
        "groupName": group,
        "options": [
            {
                "label": text,
                "value": value,
                "description": "",
                "displayOrder": place,
                "hidden": False,
            }
            for place, (value, text) in enumerate(parsed)
        ],
        "displayOrder": -1 if "h" in flags else order,
        "calculated": "c" in flags,
        "externalOptions": source == "@owner",
        "archived": False,
        "hasUniqueValue": "u" in flags,
        "hidden": "h" in flags,
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyOptions": bool(source) or not options,
            "readOnlyValue": "r" in flags,
        },
        "formField": "r" not in flags,
        "dataSensitivity": "non_sensitive",
    }
    if source == "@owner":
        body["referencedObjectType"] = "OWNER"
    if source:
        body["_options_from"] = source
    return body
