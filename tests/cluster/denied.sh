#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A user with the right to write can still be denied: by admission policies and webhooks of a real
# API server, by its quotas, and by overload. The program names what denied the write and its
# message. Nothing is written, and the program does not report a missing right.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream
widgets=tests/cluster/fixtures/widgets.yaml

# wait_until_denied NAME: waits until the server applies a policy or webhook to this CRD
denies_widgets() {
	! kubectl create --dry-run=server -f "$widgets" >"$tmp/log" 2>&1
}

wait_until_denied() {
	eventually denies_widgets
}

# denied PATTERN...: install and plan name what denies, and why; nothing is written
denied() {
	run install -f "$widgets"
	ended 10 'nothing was written' "$@" '!grant the verb' '!kind: ClusterRole' || return 1
	[ -z "$(versions)" ] || return 1
	run plan -f "$widgets"
	ended 10 "$@" && printed '^blocked ([12]): ' && said "$@" '!not judged'
}

# policy REASON: makes a policy that denies every widget
policy() {
	kubectl apply -f - >"$tmp/log" <<-YAML
		apiVersion: admissionregistration.k8s.io/v1
		kind: ValidatingAdmissionPolicy
		metadata: {name: frozen-crds}
		spec:
		  failurePolicy: Fail
		  matchConstraints:
		    resourceRules:
		    - apiGroups: [apiextensions.k8s.io]
		      apiVersions: [v1]
		      operations: [CREATE, UPDATE]
		      resources: [customresourcedefinitions]
		  validations:
		  - expression: "!object.metadata.name.startsWith('widgets')"
		    message: CRDs are frozen until Monday
		    reason: $1
		---
		apiVersion: admissionregistration.k8s.io/v1
		kind: ValidatingAdmissionPolicyBinding
		metadata: {name: frozen-everywhere}
		spec: {policyName: frozen-crds, validationActions: [Deny]}
	YAML
}

for reason in Forbidden Invalid; do
	policy $reason
	wait_until_denied
	claim "denial_by_a_policy_names_policy_binding_and_words ($reason)" denied \
		'widgets.example.test.*denied by the ValidatingAdmissionPolicy "frozen-crds"' \
		'binding "frozen-everywhere": CRDs are frozen until Monday' \
		'kubectl get validatingadmissionpolicy frozen-crds'
	kubectl delete validatingadmissionpolicy/frozen-crds \
		validatingadmissionpolicybinding/frozen-everywhere >"$tmp/log"
	until kubectl create --dry-run=server -f "$widgets" >"$tmp/log" 2>&1; do sleep 0.05; done
done

# webhook URL: makes a webhook that asks URL
webhook() {
	kubectl apply -f - >"$tmp/log" <<-YAML
		apiVersion: admissionregistration.k8s.io/v1
		kind: ValidatingWebhookConfiguration
		metadata: {name: guard}
		webhooks:
		- name: crds.guard.example.test
		  admissionReviewVersions: [v1]
		  sideEffects: None
		  timeoutSeconds: 2
		  clientConfig: {url: "$1", caBundle: "$(base64 -w 0 "$certs/ca.crt")"}
		  rules:
		  - apiGroups: [apiextensions.k8s.io]
		    apiVersions: [v1]
		    operations: [CREATE, UPDATE]
		    resources: [customresourcedefinitions]
	YAML
}

cat >"$tmp/review" <<'JSON'
{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response":
{"uid": "$UID", "allowed": false, "status": {"code": 403, "message": "not on a Friday"}}}
JSON
start_server server <<SCRIPT
on POST *
header Content-Type: application/json
body-file $tmp/review
SCRIPT
webhook "https://127.0.0.1:$server_port/review"
wait_until_denied
claim "denial_by_a_webhook_names_it_and_its_words" denied \
	'denied by the admission webhook "crds.guard.example.test": not on a Friday' \
	'kubectl get validatingwebhookconfigurations'
stop_server

silent() {
	run install -f "$widgets"
	ended 8 'the admission webhook "crds.guard.example.test" does not answer' 'see that its service' &&
		[ -z "$(versions)" ]
}
claim "webhook_that_does_not_answer_is_named" silent
kubectl delete validatingwebhookconfiguration guard >"$tmp/log"
until kubectl create --dry-run=server -f "$widgets" >"$tmp/log" 2>&1; do sleep 0.05; done

# Some answers need more than a test cluster. A scripted server gives them, with the real texts.

api='/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
between <<SCRIPT
on POST $api*
status 403
header Content-Type: application/json
body {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"widgets is forbidden: exceeded quota: crds, requested: count/crds=1, used: count/crds=9, limited: count/crds=9"}
SCRIPT
met install -f "$widgets"
claim "quota_is_named_with_its_numbers" ended 10 'nothing was written' 'ResourceQuota "crds"' \
	'requested: count/crds=1' '!grant the verb'
stop_server

# Priority and fairness answers in plain text, before the server reads the request.
between <<SCRIPT
on POST /apis/authorization.k8s.io/*
times 2
status 429
header Retry-After: 1
body Too many requests, please try again later.
on POST $api?fieldManager=calico-datastore&dryRun=All
times 1
status 429
header Retry-After: 1
body Too many requests, please try again later.
on POST $api?fieldManager=calico-datastore
times 1
status 429
header Retry-After: 1
body Too many requests, please try again later.
SCRIPT
met install -f "$widgets"
claim "overload_passes_by_for_every_kind_of_write" ended 0
claim "delays_of_an_overloaded_server_are_kept" took 3000 6000
claim "overloaded_server_was_asked_again" asked 'POST .* 429' 4
claim "both_crds_were_written" lines 2 ' created$'
stop_server

# When reviews of rights are missing or fail, the program goes on.
for status_code in 403 404 500; do
	kubectl delete -f "$widgets" >"$tmp/log"
	between <<-SCRIPT
		on POST /apis/authorization.k8s.io/*
		status $status_code
		body no
	SCRIPT
	met install -f "$widgets"
	claim "install_goes_on_when_reviews_end_in_$status_code" ended 0
	stop_server
done

finish
