CREATE TABLE "hidden_properties" (
	"project" integer NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "hidden_properties_project_name_pk" PRIMARY KEY("project","name")
);
