CREATE TABLE "rules" (
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"spec" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"changed_at_ms" bigint NOT NULL,
	CONSTRAINT "rules_project_name_pk" PRIMARY KEY("project","name")
);
