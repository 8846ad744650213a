# SPDX-License-Identifier: Apache-2.0
# Dumps of a store, one file after the other, as lines: FILE, KEY, REVISION and VALUE with tabs
# between; a line with an empty key for each file. Of a resource, what the server adds is left out.

def passing: ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

def plain:
	reduce passing[] as $p (.; del(.metadata[$p]))
	| if .kind == "Node" or .kind == "Pod" then del(.status) else . end
	| if .kind == "Pod" then .spec |= {nodeName} else . end
	| if .kind == "Node" then .spec |= (del(.podCIDR, .podCIDRs)) else . end;

# Keys sorted, as the recording has it.
def sorted: if type == "object" then to_entries | sort_by(.key) | map(.value |= sorted) | from_entries
	elif type == "array" then map(sorted) else . end;

inputs as $d | (input_filename) as $file
| ([$file, "", "", ""] | join("\t")),
	(if $d.items then
		$d.items[] | [$file,
			(if .kind == "Node" then "nodes/" + .metadata.name else "pods/\(.metadata.namespace)/\(.metadata.name)" end),
			.metadata.resourceVersion, (plain | sorted | tojson)]
	else
		$d.kvs[]? | (.key | @base64d) as $key | (.value | @base64d) as $value
		| [$file]
			+ (if $key | startswith("/registry/") then
				[($key | sub("^/registry/[^/]*/"; "")), "", ($value | fromjson | plain | sorted | tojson)]
			else [$key, .mod_revision, $value] end)
	end | join("\t"))
