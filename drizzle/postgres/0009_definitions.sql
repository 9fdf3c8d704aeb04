CREATE TABLE "definitions" (
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"spec" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	CONSTRAINT "definitions_project_name_version_pk" PRIMARY KEY("project","name","version")
);
--> statement-breakpoint
CREATE TABLE "evaluators" (
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"newest" integer NOT NULL,
	"managed_by" text NOT NULL,
	"online" text,
	"created_at_ms" bigint NOT NULL,
	"changed_at_ms" bigint NOT NULL,
	"deleted_at_ms" bigint,
	"waiting" text,
	CONSTRAINT "evaluators_project_name_pk" PRIMARY KEY("project","name")
);
--> statement-breakpoint
CREATE TABLE "revisions" (
	"what" text PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "version" text;