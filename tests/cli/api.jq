# SPDX-License-Identifier: Apache-2.0
# The API of a CustomResourceDefinition: what is left without prose. Prose are the description of a
# schema or a printer column and the message of a validation rule; a property that is called
# "description", or a default that holds one, is none.

def schema:
  if type != "object" then .
  else
    (if (.description | type) == "string" then del(.description) else . end)
    | (if has("x-kubernetes-validations") then .["x-kubernetes-validations"] |= map(del(.message)) else . end)
    | reduce ("properties", "patternProperties", "definitions") as $map
        (.; if .[$map] then .[$map] |= map_values(schema) else . end)
    | reduce ("items", "additionalProperties", "not") as $one
        (.; if (.[$one] | type) == "object" then .[$one] |= schema else . end)
    | reduce ("items", "allOf", "anyOf", "oneOf") as $list
        (.; if (.[$list] | type) == "array" then .[$list] |= map(schema) else . end)
  end;

def api:
  .spec.versions |= map(
    .schema.openAPIV3Schema |= schema
    | if .additionalPrinterColumns then .additionalPrinterColumns |= map(del(.description)) else . end);

def approved: .metadata.annotations["api-approved.kubernetes.io"];

# One object a CRD with all that the API server acts upon, sorted by name.
def facts:
  map(api | {apiVersion, kind, name: .metadata.name, approved: approved, spec})
  | sort_by(.name);
