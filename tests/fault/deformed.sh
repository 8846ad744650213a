#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers in which one part is missing, null or of a wrong type: every part of each answer, one at a
# time. A run says what is wrong, or does without that part. It never crashes.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

name=ippools.crd.projectcalico.org
crds=/apis/apiextensions.k8s.io/v1/customresourcedefinitions
cat >"$tmp/crd.json" <<JSON
{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "$name",
 "uid": "1", "resourceVersion": "5", "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["f"],
 "managedFields": [{"manager": "kubectl", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}}]},
 "spec": {"group": "crd.projectcalico.org", "scope": "Cluster",
 "names": {"plural": "ippools", "kind": "IPPool", "singular": "ippool", "listKind": "IPPoolList", "shortNames": ["pool"]},
 "conversion": {"strategy": "None"},
 "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
  "additionalPrinterColumns": [{"name": "N", "type": "string", "jsonPath": ".spec.a"}],
  "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "required": ["a"],
   "properties": {"a": {"type": "string", "enum": ["x", "y"], "pattern": "^x"},
    "l": {"type": "array", "items": {"type": "integer", "minimum": 1}, "x-kubernetes-list-type": "set"},
    "m": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 5}}},
   "x-kubernetes-validations": [{"rule": "true", "message": "m"}]}}}}}]},
 "status": {"storedVersions": ["v1"], "acceptedNames": {"plural": "ippools", "kind": "IPPool"},
  "conditions": [{"type": "Established", "status": "True"}, {"type": "NamesAccepted", "status": "True"}]}}
JSON
jq -c '.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.b = {type: "string"}' \
	"$tmp/crd.json" >"$tmp/wanted.json" # the plan has an update
cat >"$tmp/group.json" <<'JSON'
{"kind": "APIGroup", "name": "crd.projectcalico.org", "versions": [{"groupVersion": "crd.projectcalico.org/v1", "version": "v1"}]}
JSON
cat >"$tmp/version.json" <<'JSON'
{"kind": "APIResourceList", "groupVersion": "crd.projectcalico.org/v1", "resources": [{"name": "ippools", "kind": "IPPool", "namespaced": false}]}
JSON
cat >"$tmp/service.json" <<'JSON'
{"kind": "APIService", "metadata": {"name": "v3.projectcalico.org"}, "spec": {"service": {"namespace": "a", "name": "b"}},
 "status": {"conditions": [{"type": "Available", "status": "False", "message": "down"}]}}
JSON
cat >"$tmp/deployment.json" <<'JSON'
{"kind": "Deployment", "metadata": {"name": "tigera-operator"}, "spec": {"replicas": 1, "template": {"spec": {"containers":
 [{"image": "i", "command": ["c"], "args": ["--manage-crds=false"], "env": [{"name": "CALICO_API_GROUP", "value": "crd.projectcalico.org/v1"}]}]}}}}
JSON
cat >"$tmp/list.json" <<'JSON'
{"kind": "IPPoolList", "metadata": {"resourceVersion": "9", "continue": "", "remainingItemCount": 0},
 "items": [{"metadata": {"name": "a", "uid": "2", "resourceVersion": "3"}, "spec": {"a": "x", "l": [1], "m": {"k": "v"}}}]}
JSON

# The path of each answer. Deformed answers have prefixes, so the rules can tell them apart.
declare -A at=([crd]=$crds/$name [group]=/apis/crd.projectcalico.org [version]=/apis/crd.projectcalico.org/v1
	[service]=/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org
	[deployment]=/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator
	[list]='/apis/crd.projectcalico.org/v1/ippools?*')
step=7 # every 7th variant; DEFORMED_ALL=1 takes all
[ -z "${DEFORMED_ALL-}" ] || step=1
answers='crd group version service deployment list'
: >"$tmp/script"
for answer in $answers; do
	jq -c --arg answer "$answer" '. as $whole | [paths] | .[] as $p |
		(({path: $p, change: "none"} + {body: ($whole | delpaths([$p]))}),
		((null, 5, true, "text", [], {}, [5], {"a": 5}) as $v | select(($whole | getpath($p)) != $v) |
			{path: $p, change: ($v | tojson), body: ($whole | setpath($p; $v))}))' \
		"$tmp/$answer.json" | awk -v "step=$step" 'NR % step == 0' >"$tmp/$answer.variants"
	while IFS= read -r body; do
		echo "on GET /$answer-$((n = ${n-0} + 1))${at[$answer]}"
		echo 'header Content-Type: application/json'
		echo "body $body"
	done < <(jq -c .body "$tmp/$answer.variants") >>"$tmp/script"
	unset n
done
for answer in $answers; do
	printf 'on GET *%s\nheader Content-Type: application/json\nbody %s\n' "${at[$answer]}" \
		"$(jq -c . "$tmp/$answer.json")"
done >>"$tmp/script"
cat >>"$tmp/script" <<SCRIPT
on PUT *
header Content-Type: application/json
body $(cat "$tmp/wanted.json")
on * *
status 404
header Content-Type: application/json
body {"kind":"Status","status":"Failure","reason":"NotFound","message":"not found","code":404}
SCRIPT
serve <"$tmp/script"

# survives ANSWER STEP COMMAND...: takes every STEP-th variant; no run ends by a signal or as a bug
survives() {
	local answer=$1 step=$2 total i bad=0
	shift 2
	total=$(wc -l <"$tmp/$answer.variants")
	for ((i = 1; i <= total; i += step)); do
		write_kubeconfig ca "https://127.0.0.1:$server_port/$answer-$i"
		rm -f "$tmp"/saved.*
		met --timeout 20s "$@"
		case $status in
		[0-9] | 10) continue ;;
		esac
		echo "exit code $status with $(sed -n "${i}p" "$tmp/$answer.variants" | cut -c 1-200)" >&2
		tail -n 3 "$tmp/err" >&2
		bad=1
	done
	return $bad
}

plans() {
	met plan -f "$tmp/wanted.json"
	ended 1 && printed ' 1 to update, ' ": ${name%%.*}  (1 change)\$"
}
claim "plan_of_whole_answers_is_an_update" plans
claim "plan_survives_every_deformed_crd" survives crd 1 plan -f "$tmp/wanted.json"
claim "install_survives_deformed_crds" survives crd 5 install -f "$tmp/wanted.json" --dry-run
claim "check_survives_deformed_crds" survives crd 5 check -f "$tmp/wanted.json"
for answer in group version service deployment list; do
	claim "plan_survives_a_deformed_$answer" survives "$answer" 1 plan -f "$tmp/wanted.json"
done

saves() {
	met backup "$tmp/good.tar.gz"
	ended 0 && printed '1 CRDs, 1 objects'
}
claim "whole_answers_are_saved" saves
for answer in crd list; do
	claim "backup_survives_a_deformed_$answer" survives "$answer" 4 backup "$tmp/saved.tar.gz"
	claim "restore_survives_a_deformed_$answer" survives "$answer" 4 restore "$tmp/good.tar.gz" --overwrite
	claim "migrate-storage_survives_a_deformed_$answer" survives "$answer" 4 migrate-storage
	claim "prune_survives_a_deformed_$answer" survives "$answer" 5 plan v3.32.1 --set crds --prune
done
for answer in service deployment; do
	claim "status_survives_a_deformed_$answer" survives "$answer" 2 status
done

# refuses ANSWER FILTER PATTERN: after jq's FILTER, the answer is an error that matches PATTERN
refuses() {
	start_server server < <(
		printf 'on GET *%s\nheader Content-Type: application/json\nbody %s\n' "${at[$1]}" "$(jq -c "$2" "$tmp/$1.json")"
		cat "$tmp/script"
	)
	write_kubeconfig ca
	met plan -f "$tmp/wanted.json"
	stop_server
	ended 4 "$3" "${at[$1]##*/}"
}
stop_server
claim "crd_without_a_stored_version_is_named" refuses crd '.spec.versions[0].storage = false' 'storage: true'
claim "crd_without_a_group_is_named" refuses crd 'del(.spec.group)' 'spec.group'
claim "crd_with_text_for_a_schema_is_named" refuses crd \
	'.spec.versions[0].schema.openAPIV3Schema = "text"' 'is a string, not an object'
claim "crd_with_a_wrong_schema_below_is_named" refuses crd \
	'.spec.versions[0].schema.openAPIV3Schema.properties.spec.required = "a"' 'required is a string, not an array'

finish
